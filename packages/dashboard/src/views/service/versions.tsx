import type { ServiceDetailResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { writeCondition } from '../../data/conditions.ts';
import { timeOf } from '../../data/search.ts';
import type { QueryState } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatCount, formatPercent, formatRate, plural } from '../../format/number.ts';
import { formatMinute } from '../../format/time.ts';
import { rich, t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { errorClass, errorLevel } from '../overview/service-order.ts';
import { useCoveredSeconds } from '../overview/use-overview.ts';

type Part = ServiceDetailResponse['versions'][number];

/** The versions of a service over their instances, worst first, so that one bad version is seen at once. */
export function Versions({
  service,
  detail,
}: {
  readonly service: string;
  readonly detail: QueryState<ServiceDetailResponse>;
}): ReactNode {
  const time = timeOf(usePageSearch());
  const where = writeCondition('service', '=', service);
  return (
    <Pane
      title={t('Versions and instances')}
      note={detail.data === undefined ? undefined : plural(detail.data.instanceCount, 'instance')}
    >
      <QueryResult result={detail}>
        {({ versions, instances, instanceCount, releases, isComplete }) => {
          if (!isComplete) return <EmptyState tight title={t('Too many different resources to count')} />;
          if (versions.length + instances.length === 0)
            return (
              <EmptyState tight title={t('No version is known')}>
                <p>
                  {rich('Resources tell it with {version}, and instances with {instance}.', {
                    version: <code className="mono">service.version</code>,
                    instance: <code className="mono">service.instance.id</code>,
                  })}
                </p>
              </EmptyState>
            );
          const groups = versions.some(({ name }) => name !== '') ? versions : [];
          const rest = instances.filter(({ version }) => groups.every(({ name }) => name !== version));
          return (
            <table aria-label={t('Versions and instances')}>
              <colgroup>
                {[undefined, 72, 72, 80].map((width, index) => (
                  <col key={index} style={width === undefined ? undefined : { width }} />
                ))}
              </colgroup>
              <thead>
                <tr>
                  <th>{t('Version')}</th>
                  <th className="num">{t('Rate /s')}</th>
                  <th className="num">{t('Errors')}</th>
                  <th className="num">{t('Items')}</th>
                </tr>
              </thead>
              <tbody>
                {groups
                  .toSorted((a, b) => shareOf(b) - shareOf(a))
                  .map((version) => (
                    <Fragment key={version.name}>
                      <Row
                        part={version}
                        since={releases.find((release) => release.version === version.name)?.timeMillis}
                        search={{
                          ...time,
                          where: [where, writeCondition('resource.service.version', '=', version.name)],
                        }}
                      />
                      {instances
                        .filter((instance) => instance.version === version.name)
                        .map((instance) => (
                          <Row key={instance.name} part={instance} isInstance search={{ ...time, where: [where] }} />
                        ))}
                    </Fragment>
                  ))}
                {rest.map((instance) => (
                  <Row key={instance.name} part={instance} isInstance search={{ ...time, where: [where] }} />
                ))}
                {instanceCount > instances.length && (
                  <tr>
                    <td colSpan={4} className="t3">
                      {t('and {instances}', { instances: plural(instanceCount - instances.length, 'more instance') })}
                    </td>
                  </tr>
                )}
              </tbody>
            </table>
          );
        }}
      </QueryResult>
    </Pane>
  );
}

function shareOf({ requests, errors }: Part): number {
  return requests === 0 ? 0 : errors / requests;
}

function Row({
  part,
  since,
  search,
  isInstance = false,
}: {
  readonly part: Part;
  readonly since?: number | undefined;
  readonly search: object;
  readonly isInstance?: boolean;
}): ReactNode {
  const seconds = useCoveredSeconds();
  const share = shareOf(part);
  return (
    <tr>
      <td style={isInstance ? { paddingLeft: 32 } : undefined}>
        <Link to="/traces" search={search} className={`mono plain ${isInstance ? 't2' : 'strong'}`}>
          <bdi>{part.name}</bdi>
        </Link>
        {since !== undefined && <span className="t3 s11"> {t('since {time}', { time: formatMinute(since) })}</span>}
      </td>
      <td className="num">{part.requests === 0 ? '—' : formatRate(part.requests / seconds)}</td>
      <td className={`num ${errorClass(errorLevel(share), share)}`}>
        {part.requests === 0 ? '—' : formatPercent(share)}
        {part.requests > 0 && <span className="u">%</span>}
      </td>
      <td className="num t3">{formatCount(part.items)}</td>
    </tr>
  );
}
