import type { HeatmapResponse, LogHistogramResponse, RedResponse } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { useSize } from '../../../charts/use-size.ts';
import type { QueryState } from '../../../data/use-api-query.ts';
import { t } from '../../../locale/t.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { LogHistogram } from '../../logs/log-histogram.tsx';
import { DurationChart } from '../../overview/duration-chart.tsx';
import { RequestsChart } from '../../overview/requests-chart.tsx';
import type { LogsPanel, RequestsPanel } from '../model/board.ts';
import { useBoardContext } from './board-context.ts';
import { useBoardQuery, useEarlierQuery } from './use-board-query.ts';

const MIN_CHART = 116;

/** Requests with errors, or durations, of the spans that match. */
export function RequestsBody({ panel }: { readonly panel: RequestsPanel }): ReactNode {
  return panel.kind === 'requests' ? <Requests where={panel.where} /> : <Durations where={panel.where} />;
}

function Requests({ where }: { readonly where: readonly string[] }): ReactNode {
  const result = useBoardQuery<RedResponse>('/red', { where, group_by: 'none' });
  const before = useEarlierQuery<RedResponse>('/red', { where, group_by: 'none' });
  const { shiftMillis } = useBoardContext();
  const earlier = useMemo(() => before && { ...ratesOf(before), shiftMillis }, [before, shiftMillis]);
  return (
    <Sized result={result}>{(red, height) => <RequestsChart red={red} height={height} earlier={earlier} />}</Sized>
  );
}

function Durations({ where }: { readonly where: readonly string[] }): ReactNode {
  const result = useBoardQuery<HeatmapResponse>('/heatmap', { where });
  const before = useEarlierQuery<HeatmapResponse>('/heatmap', { where });
  const { shiftMillis } = useBoardContext();
  const earlier = useMemo(() => before && { ...before, values: before.p95, shiftMillis }, [before, shiftMillis]);
  return (
    <Sized result={result}>
      {(heatmap, height) => <DurationChart heatmap={heatmap} height={height} earlier={earlier} />}
    </Sized>
  );
}

/** Records by severity. */
export function LogsBody({ panel: { where, text } }: { readonly panel: LogsPanel }): ReactNode {
  const query = { where, text: text === '' ? undefined : text };
  const result = useBoardQuery<LogHistogramResponse>('/logs/histogram', query);
  const before = useEarlierQuery<LogHistogramResponse>('/logs/histogram', query);
  const { shiftMillis } = useBoardContext();
  const earlier = useMemo(() => before && { ...before, values: recordsOf(before), shiftMillis }, [before, shiftMillis]);
  return (
    <Sized result={result}>
      {(histogram, height) =>
        histogram.total === 0 ? (
          <EmptyState tight title={t('No records in this range')} />
        ) : (
          <LogHistogram histogram={histogram} heldMillis={undefined} height={height} earlier={earlier} />
        )
      }
    </Sized>
  );
}

function recordsOf({ timesMillis, severities }: LogHistogramResponse): readonly number[] {
  return timesMillis.map((_, step) => Object.values(severities).reduce((sum, counts) => sum + (counts[step] ?? 0), 0));
}

/** Returns the requests per second of a period that has ended. */
function ratesOf({ timesMillis, stepMillis, series: [first] }: RedResponse) {
  return { timesMillis, stepMillis, values: (first?.requests ?? []).map((count) => (count * 1000) / stepMillis) };
}

/** Passes the height of the panel to its chart. */
function Sized<Data>({
  result,
  children,
}: {
  readonly result: QueryState<Data>;
  readonly children: (data: Data, height: number) => ReactNode;
}): ReactNode {
  const [ref, { height }] = useSize<HTMLDivElement>();
  return (
    <div ref={ref} className="bo-sized">
      <QueryResult result={result} tight loading={<div />}>
        {(data) => children(data, Math.max(MIN_CHART, height))}
      </QueryResult>
    </div>
  );
}
