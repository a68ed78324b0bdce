import type { RewrittenRequest } from './edit/rewrite-items.ts';
import type { Signal } from './signals.ts';
import type { DataPointView } from './views/data-point.ts';
import type { LogRecordView } from './views/log-record.ts';
import type { MetricView } from './views/metric.ts';
import type { SpanView } from './views/span.ts';
import { rewriteDataPoints, rewriteLogRecords, rewriteMetrics, rewriteSpans } from './views/visit.ts';

/**
 * A pipeline step that applies a function to the items of one signal. Created by `filterSpans`, `mapSpans` and similar
 * functions, for use in an SDK provider or the gateway.
 */
export interface ItemFunction<S extends Signal = Signal> {
  readonly signal: S;
  /**
   * Applies the function to a normalized request. Errors thrown by the function propagate and leave the request
   * unchanged; the caller decides how to handle them.
   */
  rewrite(request: Uint8Array): RewrittenRequest;
}

/** Keeps the spans for which `keep` returns true. The span is a read-only view, valid until `keep` returns. */
export function filterSpans(keep: (span: SpanView) => boolean): ItemFunction<'traces'> {
  return { signal: 'traces', rewrite: (request) => rewriteSpans(request, (span) => keep(span)) };
}

/** Modifies spans through the setters of their view, which is valid until `edit` returns. Keeps all spans. */
export function mapSpans(edit: (span: SpanView) => void): ItemFunction<'traces'> {
  return { signal: 'traces', rewrite: (request) => rewriteSpans(request, keepingAll(edit)) };
}

/** Keeps the log records for which `keep` returns true. */
export function filterLogRecords(keep: (record: LogRecordView) => boolean): ItemFunction<'logs'> {
  return { signal: 'logs', rewrite: (request) => rewriteLogRecords(request, (record) => keep(record)) };
}

/** Modifies log records through the setters of their view. Keeps all records. */
export function mapLogRecords(edit: (record: LogRecordView) => void): ItemFunction<'logs'> {
  return { signal: 'logs', rewrite: (request) => rewriteLogRecords(request, keepingAll(edit)) };
}

/** Keeps the metrics for which `keep` returns true, with all their data points. */
export function filterMetrics(keep: (metric: MetricView) => boolean): ItemFunction<'metrics'> {
  return { signal: 'metrics', rewrite: (request) => rewriteMetrics(request, (metric) => keep(metric)) };
}

/** Modifies metrics' own fields, such as their names, through the setters of their view. Keeps all metrics. */
export function mapMetrics(edit: (metric: MetricView) => void): ItemFunction<'metrics'> {
  return { signal: 'metrics', rewrite: (request) => rewriteMetrics(request, keepingAll(edit)) };
}

/** Keeps the data points for which `keep` returns true. A metric is dropped along with its last point. */
export function filterDataPoints(keep: (point: DataPointView, metric: MetricView) => boolean): ItemFunction<'metrics'> {
  return {
    signal: 'metrics',
    rewrite: (request) => rewriteDataPoints(request, (point, metric) => keep(point, metric)),
  };
}

/** Modifies data points through the setters of their view; their metric is read-only. Keeps all points. */
export function mapDataPoints(edit: (point: DataPointView, metric: MetricView) => void): ItemFunction<'metrics'> {
  return { signal: 'metrics', rewrite: (request) => rewriteDataPoints(request, keepingAll(edit)) };
}

/** Ignores the return value of an edit function, such as the value of its last expression. */
function keepingAll<Views extends unknown[]>(edit: (...views: Views) => void): (...views: Views) => undefined {
  return (...views) => {
    edit(...views);
    return undefined;
  };
}
