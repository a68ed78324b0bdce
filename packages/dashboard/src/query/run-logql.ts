import type { QueryWindow } from './macros.ts';
import type { LogEntry, QueryResultData } from './result.ts';
import { type MatrixSeries, seriesOf } from './run-promql.ts';
import { addressWith, sendQuery } from './send-query.ts';

const LIMIT = 1000;

interface Stream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [nanos: string, line: string])[];
}

/** Runs a LogQL query over the range: entries, or series of a metric query. */
export async function runLogql(text: string, window: QueryWindow, signal: AbortSignal): Promise<QueryResultData> {
  const began = performance.now();
  const address = addressWith('/loki/api/v1/query_range', {
    query: text,
    start: window.startMillis / 1000,
    end: window.endMillis / 1000,
    step: window.stepMillis / 1000,
    limit: LIMIT,
  });
  const { data, warnings = [] } = (await (await sendQuery(address, signal)).json()) as {
    readonly data:
      | { readonly resultType: 'streams'; readonly result: readonly Stream[] }
      | { readonly resultType: 'matrix'; readonly result: readonly MatrixSeries[] };
    readonly warnings?: readonly string[];
  };
  const result =
    data.resultType === 'streams'
      ? ({ kind: 'logs', entries: entriesOf(data.result) } as const)
      : seriesOf(data.result, window);
  return { ...result, elapsedMillis: performance.now() - began, warnings };
}

function entriesOf(streams: readonly Stream[]): readonly LogEntry[] {
  const entries = streams.flatMap(({ stream, values }) =>
    values.map(([timeNanos, line]): LogEntry => ({ timeNanos, line, labels: stream })),
  );
  return entries.sort((a, b) => compareNanos(b.timeNanos, a.timeNanos));
}

function compareNanos(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
