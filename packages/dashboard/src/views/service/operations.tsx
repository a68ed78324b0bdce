import type { RoutesResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { writeCondition } from '../../data/conditions.ts';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatChange, formatPercent, formatRate, plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Duration } from '../../parts/measure.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { NoRequests } from '../overview/no-requests.tsx';
import { errorClass, errorLevel, errorRate } from '../overview/service-order.ts';
import { useCoveredSeconds } from '../overview/use-overview.ts';
import { useOperations } from './use-service.ts';

type Operation = RoutesResponse['routes'][number];

/** The operations of a service by their share of its time, compared with the range before. */
export function Operations({ service }: { readonly service: string }): ReactNode {
  const { now, before } = useOperations(service);
  return (
    <Pane
      title={t('Operations')}
      note={t('by share of the service’s time, p95 compared with the range before')}
      className="bb sv-operations"
      actions={
        now.data !== undefined && <span className="push t3 s12">{plural(now.data.routes.length, 'operation')}</span>
      }
    >
      <QueryResult result={now}>
        {({ routes }) =>
          routes.length === 0 ? (
            <NoRequests what={t('operations')} />
          ) : (
            <Table routes={routes} before={new Map(before?.routes.map(({ name, p95 }) => [name, p95]))} />
          )
        }
      </QueryResult>
    </Pane>
  );
}

function Table({
  routes,
  before,
}: {
  readonly routes: readonly Operation[];
  readonly before: ReadonlyMap<string, number>;
}): ReactNode {
  const seconds = useCoveredSeconds();
  const time = timeOf(usePageSearch());
  const largest = routes.reduce((max, { timeShare }) => Math.max(max, timeShare), 1e-9);
  return (
    <table aria-label={t('Operations')}>
      <colgroup>
        {[undefined, 76, 76, 76, 76, 168, 108].map((width, index) => (
          <col key={index} style={width === undefined ? undefined : { width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          <th>{t('Operation')}</th>
          <th className="num">{t('Rate /s')}</th>
          <th className="num">{t('Errors')}</th>
          <th className="num">p95</th>
          <th className="num">p99</th>
          <th style={{ paddingLeft: 24 }}>{t('Share of time')}</th>
          <th className="num">{t('p95 vs. before')}</th>
        </tr>
      </thead>
      <tbody>
        {routes.map((route) => {
          const share = errorRate({ requests: route.calls, errors: route.errors });
          const where = [writeCondition('service', '=', route.service), writeCondition('name', '=', route.name)];
          const earlier = before.get(route.name);
          const times = earlier === undefined || earlier === 0 ? undefined : route.p95 / earlier;
          return (
            <tr key={route.name}>
              <td>
                <Link to="/traces" search={{ ...time, where, order: 'duration' }} className="mono plain">
                  <bdi>{route.name}</bdi>
                </Link>
              </td>
              <td className="num">
                <Link to="/traces" search={{ ...time, where }} className="plain">
                  {formatRate(route.calls / seconds)}
                </Link>
              </td>
              <td className={`num ${errorClass(errorLevel(share), share)}`}>
                <Link to="/traces" search={{ ...time, where: [...where, 'status = error'] }} className="plain">
                  {formatPercent(share)}
                  <span className="u">%</span>
                </Link>
              </td>
              <td className="num">
                <Duration nanos={route.p95} />
              </td>
              <td className="num t2">
                <Duration nanos={route.p99} />
              </td>
              <td style={{ paddingLeft: 24 }}>
                <span className="row">
                  <i className="bar" style={{ width: Math.max(2, (route.timeShare / largest) * 88) }} />
                  <span className="t2">
                    {route.timeShare < 0.01 ? '< 1' : formatPercent(route.timeShare, 0)}
                    <span className="u">%</span>
                  </span>
                </span>
              </td>
              <td className={`num ${times !== undefined && times >= 2 ? 'strong' : 't3'}`}>
                {earlier === undefined ? t('new') : formatChange(route.p95, earlier)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
