import type { JsonValue, MetricSeriesResponse } from '@otelier/query';
import type { HeatCells } from '../charts/heat.ts';

/** Rows of a table. */
export interface RowsResult {
  readonly kind: 'rows';
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly JsonValue[])[];
  /** Whether there were more rows. */
  readonly truncated: boolean;
}

/** Series over the time range. */
export interface SeriesResult {
  readonly kind: 'series';
  readonly response: MetricSeriesResponse;
  /** Counts per bucket, if the series are the buckets of one histogram. */
  readonly heat: HeatCells | undefined;
}

/** A log entry. */
export interface LogEntry {
  readonly timeNanos: string;
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Log entries, newest first. */
export interface LogsResult {
  readonly kind: 'logs';
  readonly entries: readonly LogEntry[];
}

/** A trace with the spans that a query found in it. */
export interface FoundTrace {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startNanos: string;
  readonly durationMillis: number;
  readonly spans: number;
  readonly errors: number;
  readonly matched: number;
}

/** Traces, newest first. */
export interface TracesResult {
  readonly kind: 'traces';
  readonly traces: readonly FoundTrace[];
}

/** The result of a query, in one of the forms that the page can show. */
export type QueryResultData = (RowsResult | SeriesResult | LogsResult | TracesResult) & {
  readonly elapsedMillis: number;
  /** What the language's engine adds to the result, such as where the nearest data is. */
  readonly warnings: readonly string[];
};
