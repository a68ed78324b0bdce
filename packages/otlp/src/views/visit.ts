import { forEachItem } from '../edit/for-each-item.ts';
import type { ItemCursor } from '../edit/item-cursor.ts';
import { type Decision, type RewrittenRequest, rewriteItems } from '../edit/rewrite-items.ts';
import { DataPointView } from './data-point.ts';
import { LogRecordView } from './log-record.ts';
import { MetricView, metricKindOf } from './metric.ts';
import type { ResourceView } from './resource.ts';
import type { ScopeView } from './scope.ts';
import { SpanView } from './span.ts';

/** Visits the spans of a request through one shared view, which is valid until `visit` returns. */
export function forEachSpan(request: Uint8Array, visit: (span: SpanView) => void): void {
  const span = new SpanView();
  forEachItem('traces', request, (cursor) => visit(pointAt(span, cursor)));
}

/** Visits the log records of a request through one shared view, which is valid until `visit` returns. */
export function forEachLogRecord(request: Uint8Array, visit: (record: LogRecordView) => void): void {
  const record = new LogRecordView();
  forEachItem('logs', request, (cursor) => visit(pointAt(record, cursor)));
}

/** Visits the data points of a request through one shared view, and their metrics through another. */
export function forEachDataPoint(request: Uint8Array, visit: (point: DataPointView, metric: MetricView) => void): void {
  const point = new DataPointView();
  const metric = new MetricView();
  forEachItem('metrics', request, (cursor) => visit(pointAtDataPoint(point, cursor), pointAtMetric(metric, cursor)));
}

/**
 * Calls `edit` for every span, which it may modify through setters, and drops those for which it returns false.
 * Resource, scope, events and links are read-only (but see `filterEvents`).
 */
export function rewriteSpans(request: Uint8Array, edit: (span: SpanView) => boolean | undefined): RewrittenRequest {
  const span = new SpanView();
  const item = (cursor: ItemCursor): Decision => decisionOf(span, edit(pointAt(span, cursor)));
  return rewriteItems('traces', request, { item });
}

/** Like `rewriteSpans`, for log records. */
export function rewriteLogRecords(
  request: Uint8Array,
  edit: (record: LogRecordView) => boolean | undefined,
): RewrittenRequest {
  const record = new LogRecordView();
  const item = (cursor: ItemCursor): Decision => decisionOf(record, edit(pointAt(record, cursor)));
  return rewriteItems('logs', request, { item });
}

/** Like `rewriteSpans`, for data points; their metric is read-only. */
export function rewriteDataPoints(
  request: Uint8Array,
  edit: (point: DataPointView, metric: MetricView) => boolean | undefined,
): RewrittenRequest {
  const point = new DataPointView();
  const metric = new MetricView();
  const item = (cursor: ItemCursor): Decision =>
    decisionOf(point, edit(pointAtDataPoint(point, cursor), pointAtMetric(metric, cursor)));
  return rewriteItems('metrics', request, { item });
}

/** Calls `edit` on each metric and drops the metric if it returns false. `edit` may modify the metric's own fields, but not its data points. */
export function rewriteMetrics(
  request: Uint8Array,
  edit: (metric: MetricView) => boolean | undefined,
): RewrittenRequest {
  const view = new MetricView();
  const metric = (cursor: ItemCursor): Decision => decisionOf(view, edit(pointAtMetric(view, cursor)));
  return rewriteItems('metrics', request, { metric });
}

function decisionOf(
  view: SpanView | LogRecordView | DataPointView | MetricView,
  response: boolean | undefined,
): Decision {
  if (response === false) return 'drop';
  return view.changed ? view.bytes.subarray(view.start, view.end) : 'keep';
}

/** Moves a view to the span or log record at the cursor. */
export function pointAt<View extends SpanView | LogRecordView>(view: View, cursor: ItemCursor): View {
  pointAtOwners(view, cursor);
  view.reset(cursor.bytes, cursor.start, cursor.end);
  return view;
}

/** Moves a view to the data point at the cursor. */
export function pointAtDataPoint(view: DataPointView, cursor: ItemCursor): DataPointView {
  return view.reset(cursor.bytes, cursor.start, cursor.end).ofKind(metricKindOf(cursor.dataField) ?? 'gauge');
}

/** Moves a view to the metric at the cursor. */
export function pointAtMetric(view: MetricView, cursor: ItemCursor): MetricView {
  pointAtOwners(view, cursor);
  return view.reset(cursor.bytes, cursor.metricStart, cursor.metricEnd);
}

function pointAtOwners(view: { readonly resource: ResourceView; readonly scope: ScopeView }, cursor: ItemCursor): void {
  const { bytes } = cursor;
  view.resource
    .reset(bytes, cursor.resourceStart, cursor.resourceEnd)
    .inGroup(bytes, cursor.resourceGroupStart, cursor.resourceGroupEnd);
  view.scope
    .reset(bytes, cursor.scopeStart, cursor.scopeEnd)
    .inGroup(bytes, cursor.scopeGroupStart, cursor.scopeGroupEnd);
}
