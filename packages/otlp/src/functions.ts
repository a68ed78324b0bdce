import type { RewrittenRequest } from './edit/rewrite-items.ts';
import type { Signal } from './signals.ts';
import type { DataPointView } from './views/data-point.ts';
import type { LogRecordView } from './views/log-record.ts';
import type { MetricView } from './views/metric.ts';
import type { SpanView } from './views/span.ts';
import { rewriteDataPoints, rewriteLogRecords, rewriteMetrics, rewriteSpans } from './views/visit.ts';

/**
 * A step of a pipeline that is a function over items, for the requests of one signal. Made by `filterSpans`, `mapSpans`
 * and the others below, and taken by whatever has a pipeline: an SDK's provider, or the gateway.
 */
export interface ItemFunction<S extends Signal = Signal> {
  readonly signal: S;
  /**
   * Applies it to a request that has come through `normalizeRequest`. What the function throws comes out: the request
   * is as it was, and who applies it decides what that means.
   */
  rewrite(request: Uint8Array): RewrittenRequest;
}

/** Keeps the spans for which `keep` answers true. The span is a view for reading, valid until `keep` returns. */
export function filterSpans(keep: (span: SpanView) => boolean): ItemFunction<'traces'> {
  return { signal: 'traces', rewrite: (request) => rewriteSpans(request, (span) => keep(span)) };
}

/** Changes spans through the setters of their view, which is valid until `edit` returns. All are kept. */
export function mapSpans(edit: (span: SpanView) => void): ItemFunction<'traces'> {
  return { signal: 'traces', rewrite: (request) => rewriteSpans(request, keepingAll(edit)) };
}

/** Keeps the log records for which `keep` answers true. */
export function filterLogRecords(keep: (record: LogRecordView) => boolean): ItemFunction<'logs'> {
  return { signal: 'logs', rewrite: (request) => rewriteLogRecords(request, (record) => keep(record)) };
}

/** Changes log records through the setters of their view. All are kept. */
export function mapLogRecords(edit: (record: LogRecordView) => void): ItemFunction<'logs'> {
  return { signal: 'logs', rewrite: (request) => rewriteLogRecords(request, keepingAll(edit)) };
}

/** Keeps the metrics for which `keep` answers true, with all their data points. */
export function filterMetrics(keep: (metric: MetricView) => boolean): ItemFunction<'metrics'> {
  return { signal: 'metrics', rewrite: (request) => rewriteMetrics(request, (metric) => keep(metric)) };
}

/** Changes metrics' own fields, such as their names, through the setters of their view. All are kept. */
export function mapMetrics(edit: (metric: MetricView) => void): ItemFunction<'metrics'> {
  return { signal: 'metrics', rewrite: (request) => rewriteMetrics(request, keepingAll(edit)) };
}

/** Keeps the data points for which `keep` answers true; a metric without points goes with its last. */
export function filterDataPoints(keep: (point: DataPointView, metric: MetricView) => boolean): ItemFunction<'metrics'> {
  return {
    signal: 'metrics',
    rewrite: (request) => rewriteDataPoints(request, (point, metric) => keep(point, metric)),
  };
}

/** Changes data points through the setters of their view; their metric is for reading. All are kept. */
export function mapDataPoints(edit: (point: DataPointView, metric: MetricView) => void): ItemFunction<'metrics'> {
  return { signal: 'metrics', rewrite: (request) => rewriteDataPoints(request, keepingAll(edit)) };
}

/** What an edit happens to return, such as the value of its last expression, drops nothing. */
function keepingAll<Views extends unknown[]>(edit: (...views: Views) => void): (...views: Views) => undefined {
  return (...views) => {
    edit(...views);
    return undefined;
  };
}
