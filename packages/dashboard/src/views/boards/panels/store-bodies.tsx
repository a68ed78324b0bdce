import type { HeatmapResponse, LogHistogramResponse, RedResponse } from '@otelier/query';
import type { ReactNode } from 'react';
import { useSize } from '../../../charts/use-size.ts';
import { type QueryState, useApiQuery } from '../../../data/use-api-query.ts';
import { t } from '../../../locale/t.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { usePageWindow } from '../../../time/page-window.tsx';
import { LogHistogram } from '../../logs/log-histogram.tsx';
import { DurationChart } from '../../overview/duration-chart.tsx';
import { RequestsChart } from '../../overview/requests-chart.tsx';
import type { LogsPanel, RequestsPanel } from '../model/board.ts';
import { expandWhere } from '../variables/chosen.ts';
import { useBoardContext } from './board-context.ts';

const MIN_CHART = 116;

/** Requests with errors, or durations, of the spans that match. */
export function RequestsBody({ panel }: { readonly panel: RequestsPanel }): ReactNode {
  return panel.kind === 'requests' ? <Requests where={panel.where} /> : <Durations where={panel.where} />;
}

function Requests({ where }: { readonly where: readonly string[] }): ReactNode {
  const result = useBoardQuery<RedResponse>('/red', { where, group_by: 'none' });
  return <Sized result={result}>{(red, height) => <RequestsChart red={red} height={height} />}</Sized>;
}

function Durations({ where }: { readonly where: readonly string[] }): ReactNode {
  const result = useBoardQuery<HeatmapResponse>('/heatmap', { where });
  return <Sized result={result}>{(heatmap, height) => <DurationChart heatmap={heatmap} height={height} />}</Sized>;
}

/** Records by severity. */
export function LogsBody({ panel: { where, text } }: { readonly panel: LogsPanel }): ReactNode {
  const result = useBoardQuery<LogHistogramResponse>('/logs/histogram', {
    where,
    text: text === '' ? undefined : text,
  });
  return (
    <Sized result={result}>
      {(histogram, height) =>
        histogram.total === 0 ? (
          <EmptyState tight title={t('No records in this range')} />
        ) : (
          <LogHistogram histogram={histogram} heldMillis={undefined} height={height} />
        )
      }
    </Sized>
  );
}

function useBoardQuery<Data>(
  path: string,
  {
    where,
    ...more
  }: { readonly where: readonly string[]; readonly text?: string | undefined; readonly group_by?: string },
): QueryState<Data> {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const { variables, ready } = useBoardContext();
  return useApiQuery<Data>({
    path,
    params: { start: startMillis, end: endMillis, steps: 60, where: expandWhere(where, variables), ...more },
    tick: nowMillis,
    enabled: ready,
    batch: true,
  });
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
