import type { ServiceDetailResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { attributeField, writeCondition } from '../../data/conditions.ts';
import { timeOf } from '../../data/search.ts';
import type { QueryState } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatCount } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';

/** The attributes of a service's resources, each with its most frequent value. */
export function Attributes({
  service,
  detail,
}: {
  readonly service: string;
  readonly detail: QueryState<ServiceDetailResponse>;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <Pane title={t('Resource')} note={detail.data === undefined ? undefined : t('attributes of its resources')}>
      <QueryResult result={detail}>
        {({ attributes }) =>
          attributes.length === 0 ? (
            <EmptyState tight title={t('No telemetry of this service in this range')} />
          ) : (
            <dl className="kv">
              {attributes.map(({ key, values, distinct }) => (
                <div key={key} className="pair">
                  <dt title={key}>
                    <bdi>{key}</bdi>
                  </dt>
                  <dd title={values.map(({ value }) => value).join('\n')}>
                    <Link
                      to="/traces"
                      className="plain"
                      search={{
                        ...time,
                        where: [
                          writeCondition('service', '=', service),
                          writeCondition(attributeField(key, 'resource'), '=', values[0]?.value ?? ''),
                        ],
                      }}
                    >
                      <bdi>{values[0]?.value}</bdi>
                    </Link>
                    {distinct > 1 && <span className="t3"> +{formatCount(distinct - 1)}</span>}
                  </dd>
                </div>
              ))}
            </dl>
          )
        }
      </QueryResult>
    </Pane>
  );
}
