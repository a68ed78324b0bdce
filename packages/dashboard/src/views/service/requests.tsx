import type { Service, ServiceDetailResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { writeCondition } from '../../data/conditions.ts';
import { timeOf } from '../../data/search.ts';
import type { QueryState } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatCount, formatPercent, formatRate } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Duration } from '../../parts/measure.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { PinButton } from '../boards/pin/pin-button.tsx';
import { DurationChart } from '../overview/duration-chart.tsx';
import { RequestsChart } from '../overview/requests-chart.tsx';
import { useCoveredSeconds, useHeatmap, useRed } from '../overview/use-overview.ts';
import { VersionBars } from './version-bars.tsx';

/** Versions, rate, errors and durations of a service on one time axis. */
export function Requests({
  service,
  known,
  detail,
}: {
  readonly service: string;
  readonly known: Service | undefined;
  readonly detail: QueryState<ServiceDetailResponse>;
}): ReactNode {
  const red = useRed('none', 60, service);
  const heatmap = useHeatmap(60, service);
  const seconds = useCoveredSeconds();
  const time = timeOf(usePageSearch());
  const where = [writeCondition('service', '=', service)];
  const hasRequests = known !== undefined && known.requests > 0;
  return (
    <Pane
      title={t('Requests, errors, duration')}
      className="bb sv-red"
      actions={
        hasRequests && (
          <span className="read">
            <Link to="/traces" search={{ ...time, where }} className="plain">
              <b>{formatRate(known.requests / seconds)}</b> /s
            </Link>
            <Link
              to="/traces"
              search={{ ...time, where: [...where, 'status = error'] }}
              className={`plain ${known.errors > 0 ? 'err' : ''}`}
            >
              <b>{formatPercent(known.errors / known.requests)}</b> {t('% in error')}
            </Link>
            {(['p50', 'p95', 'p99'] as const).map((which) => (
              <span key={which}>
                {which}{' '}
                <b>
                  <Duration nanos={known[which]} />
                </b>
              </span>
            ))}
            <PinButton title={t('Requests of {service}', { service })} content={{ kind: 'requests', where }} />
            <PinButton title={t('Durations of {service}', { service })} content={{ kind: 'durations', where }} />
          </span>
        )
      }
    >
      {detail.data !== undefined && detail.data.versions.length > 0 && <VersionBars detail={detail.data} />}
      {known !== undefined && !hasRequests ? (
        <EmptyState tight title={t('No requests in this range')}>
          <p>
            {t('The service sends no server, consumer or root spans. It sent {spans} spans and {logs} log records.', {
              spans: formatCount(known.spans),
              logs: formatCount(known.logs),
            })}
          </p>
        </EmptyState>
      ) : (
        <>
          <QueryResult result={red} tight loading={<div style={{ height: 154 }} />}>
            {(data) => <RequestsChart red={data} />}
          </QueryResult>
          <QueryResult result={heatmap} tight loading={<div style={{ height: 154 }} />}>
            {(data) => <DurationChart heatmap={data} />}
          </QueryResult>
        </>
      )}
    </Pane>
  );
}
