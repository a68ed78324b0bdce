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
  SpanView,
} from '@otelier/otlp';
import type { FunctionOptions, FunctionSignal } from './kinds/function-options.ts';
import { itemHooks, moveTo } from './kinds/item-hooks.ts';
import type { DescribeFailure, Runner } from './kinds/runner.ts';
import { describeReturned, type HandleFailure, requireFunction, UserFunction } from './kinds/user-function.ts';
import { FunctionRunner } from './run-function.ts';
import type {
  DataPoint,
  EditableDataPoint,
  EditableLogRecord,
  EditableSpan,
  LogRecord,
  Metric,
  Span,
} from './views.ts';

type Predicate = (...values: never[]) => unknown;

/** A function of the user as a processor. Created by `filterSpans`, `mapSpans` and similar functions. */
export class FunctionProcessor<S extends FunctionSignal = FunctionSignal> extends UserFunction {
  readonly use = 'process';
  readonly signal: S;
  /** Creates the hooks that apply the function to a request. */
  readonly createHooks: (failed: HandleFailure) => RewriteHooks;
  /** The function of the user, if it only decides about items. */
  readonly predicate: Predicate | undefined;

  constructor(
    signal: S,
    creator: string,
    options: FunctionOptions,
    createHooks: (failed: HandleFailure) => RewriteHooks,
    predicate?: Predicate,
  ) {
    super([signal], creator, options);
    this.signal = signal;
    this.createHooks = createHooks;
    this.predicate = predicate;
  }

  createRunner(describe: DescribeFailure): Runner {
    return new FunctionRunner(this, describe);
  }
}

/** Keeps the spans for which `keep` returns true. The span is valid until `keep` returns. */
export function filterSpans(keep: (span: Span) => boolean, options: FunctionOptions = {}): FunctionProcessor<'traces'> {
  requireFunction('filterSpans', keep);
  return new FunctionProcessor(
    'traces',
    'filterSpans',
    options,
    (failed) => {
      const span = new SpanView();
      return itemHooks(
        span,
        filterHook((cursor) => keep(moveTo(span, cursor) as Span), failed),
      );
    },
    keep,
  );
}

/** Keeps the log records for which `keep` returns true. The record is valid until `keep` returns. */
export function filterLogs(
  keep: (record: LogRecord) => boolean,
  options: FunctionOptions = {},
): FunctionProcessor<'logs'> {
  requireFunction('filterLogs', keep);
  return new FunctionProcessor(
    'logs',
    'filterLogs',
    options,
    (failed) => {
      const record = new LogRecordView();
      return itemHooks(
        record,
        filterHook((cursor) => keep(moveTo(record, cursor) as LogRecord), failed),
      );
    },
    keep,
  );
}

/** Keeps the data points for which `keep` returns true. A metric is dropped along with its last point. */
export function filterDataPoints(
  keep: (point: DataPoint, metric: Metric) => boolean,
  options: FunctionOptions = {},
): FunctionProcessor<'metrics'> {
  requireFunction('filterDataPoints', keep);
  return new FunctionProcessor(
    'metrics',
    'filterDataPoints',
    options,
    (failed) => {
      const point = new DataPointView();
      const metric = new MetricView();
      return {
        item: filterHook(
          (cursor) => keep(pointAtDataPoint(point, cursor) as DataPoint, pointAtMetric(metric, cursor) as Metric),
          failed,
        ),
      };
    },
    keep,
  );
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
    return kept === false ? 'drop' : failed(new TypeError(`expected true or false, got ${describeReturned(kept)}`));
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
