import {
  DataPointView,
  type Decision,
  type ItemCursor,
  LogRecordView,
  type MessageView,
  MetricView,
  pointAtDataPoint,
  pointAtMetric,
  type RewriteHooks,
  type Signal,
  SpanView,
} from '@otelier/otlp';
import type {
  DataPoint,
  EditableDataPoint,
  EditableLogRecord,
  EditableSpan,
  LogRecord,
  Metric,
  Span,
} from './views.ts';

/** The signals whose items functions can process. */
export type FunctionSignal = Exclude<Signal, 'profiles'>;

/** How a function's failures are handled: `ignore` keeps the item unchanged, `drop` drops it, `propagate` refuses the batch. */
export type ErrorMode = 'ignore' | 'drop' | 'propagate';

/** The options of a function, with the names that they have in configuration files. */
export interface FunctionOptions {
  /** How failures are handled. Default `ignore`. */
  readonly error_mode?: ErrorMode;
  /** Maximum time for one batch, such as `500ms`, after which the function's thread is replaced. Default `1s`. */
  readonly timeout?: string;
}

/** Decides about an item for which the function failed. Throws to reject the request. */
export type HandleFailure = (error: unknown) => Decision;

/** A function of the user as a processor. Created by `filterSpans`, `mapSpans` and similar functions. */
export class FunctionProcessor<S extends FunctionSignal = FunctionSignal> {
  readonly signal: S;
  /** The function that created it, for messages. */
  readonly creator: string;
  readonly options: FunctionOptions;
  /** Creates the hooks that apply the function to a request. */
  readonly createHooks: (failed: HandleFailure) => RewriteHooks;

  constructor(
    signal: S,
    creator: string,
    options: FunctionOptions,
    createHooks: (failed: HandleFailure) => RewriteHooks,
  ) {
    this.signal = signal;
    this.creator = creator;
    this.options = options;
    this.createHooks = createHooks;
  }
}

/** Keeps the spans for which `keep` returns true. The span is valid until `keep` returns. */
export function filterSpans(keep: (span: Span) => boolean, options: FunctionOptions = {}): FunctionProcessor<'traces'> {
  requireFunction('filterSpans', keep);
  return new FunctionProcessor('traces', 'filterSpans', options, (failed) => {
    const span = new SpanView();
    return itemHooks(
      span,
      filterHook((cursor) => keep(moveTo(span, cursor) as Span), failed),
    );
  });
}

/** Keeps the log records for which `keep` returns true. The record is valid until `keep` returns. */
export function filterLogs(
  keep: (record: LogRecord) => boolean,
  options: FunctionOptions = {},
): FunctionProcessor<'logs'> {
  requireFunction('filterLogs', keep);
  return new FunctionProcessor('logs', 'filterLogs', options, (failed) => {
    const record = new LogRecordView();
    return itemHooks(
      record,
      filterHook((cursor) => keep(moveTo(record, cursor) as LogRecord), failed),
    );
  });
}

/** Keeps the data points for which `keep` returns true. A metric is dropped along with its last point. */
export function filterDataPoints(
  keep: (point: DataPoint, metric: Metric) => boolean,
  options: FunctionOptions = {},
): FunctionProcessor<'metrics'> {
  requireFunction('filterDataPoints', keep);
  return new FunctionProcessor('metrics', 'filterDataPoints', options, (failed) => {
    const point = new DataPointView();
    const metric = new MetricView();
    return {
      item: filterHook(
        (cursor) => keep(pointAtDataPoint(point, cursor) as DataPoint, pointAtMetric(metric, cursor) as Metric),
        failed,
      ),
    };
  });
}

/** Changes spans through the setters of their view, which is valid until `edit` returns. Keeps all spans. */
export function mapSpans(
  edit: (span: EditableSpan) => unknown,
  options: FunctionOptions = {},
): FunctionProcessor<'traces'> {
  requireFunction('mapSpans', edit);
  return new FunctionProcessor('traces', 'mapSpans', options, (failed) => {
    const span = new SpanView();
    return itemHooks(
      span,
      mapHook(span, (cursor) => edit(moveTo(span, cursor) as EditableSpan), failed),
    );
  });
}

/** Changes log records through the setters of their view. Keeps all records. */
export function mapLogs(
  edit: (record: EditableLogRecord) => unknown,
  options: FunctionOptions = {},
): FunctionProcessor<'logs'> {
  requireFunction('mapLogs', edit);
  return new FunctionProcessor('logs', 'mapLogs', options, (failed) => {
    const record = new LogRecordView();
    return itemHooks(
      record,
      mapHook(record, (cursor) => edit(moveTo(record, cursor) as EditableLogRecord), failed),
    );
  });
}

/** Changes data points through the setters of their view; their metric is read-only. Keeps all points. */
export function mapDataPoints(
  edit: (point: EditableDataPoint, metric: Metric) => unknown,
  options: FunctionOptions = {},
): FunctionProcessor<'metrics'> {
  requireFunction('mapDataPoints', edit);
  return new FunctionProcessor('metrics', 'mapDataPoints', options, (failed) => {
    const point = new DataPointView();
    const metric = new MetricView();
    const apply = (cursor: ItemCursor) =>
      edit(pointAtDataPoint(point, cursor) as EditableDataPoint, pointAtMetric(metric, cursor) as Metric);
    return { item: mapHook(point, apply, failed) };
  });
}

/** Returns hooks that call `item` with the resource and the scope of the view in place, which are the same for many items. */
function itemHooks(
  { resource, scope }: SpanView | LogRecordView,
  item: (cursor: ItemCursor) => Decision,
): RewriteHooks {
  return {
    resource({ bytes, resourceStart, resourceEnd, resourceGroupStart, resourceGroupEnd }) {
      resource.reset(bytes, resourceStart, resourceEnd).inGroup(bytes, resourceGroupStart, resourceGroupEnd);
      return 'keep';
    },
    scope({ bytes, scopeStart, scopeEnd, scopeGroupStart, scopeGroupEnd }) {
      scope.reset(bytes, scopeStart, scopeEnd).inGroup(bytes, scopeGroupStart, scopeGroupEnd);
      return 'keep';
    },
    item,
  };
}

function moveTo<View extends SpanView | LogRecordView>(view: View, { bytes, start, end }: ItemCursor): View {
  view.reset(bytes, start, end);
  return view;
}

function filterHook(keep: (cursor: ItemCursor) => unknown, failed: HandleFailure) {
  return (cursor: ItemCursor): Decision => {
    let kept: unknown;
    try {
      kept = keep(cursor);
    } catch (error) {
      return failed(error);
    }
    if (kept === true) return 'keep';
    // JavaScript can return anything, such as the promise of an async function, which would keep every item.
    return kept === false ? 'drop' : failed(new TypeError(`expected true or false, got ${describe(kept)}`));
  };
}

function mapHook(view: MessageView, edit: (cursor: ItemCursor) => unknown, failed: HandleFailure) {
  return (cursor: ItemCursor): Decision => {
    let result: unknown;
    try {
      result = edit(cursor);
    } catch (error) {
      return failed(error);
    }
    // The view is at another item before a promise settles.
    if (result instanceof Promise) return failed(new TypeError('expected a function that is not async, got a promise'));
    return view.changed ? view.bytes.subarray(view.start, view.end) : 'keep';
  };
}

function describe(value: unknown): string {
  if (value instanceof Promise) return 'a promise: the function must not be async';
  return typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, 50);
}

function requireFunction(creator: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${creator}: expected a function, got ${typeof value}`);
}
