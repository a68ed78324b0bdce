import {
  DataPointView,
  type Decision,
  type ItemCursor,
  LogRecordView,
  MetricView,
  pointAtDataPoint,
  pointAtMetric,
  type RewriteHooks,
  SpanView,
} from '@otelier/otlp';
import type { DataPoint, LogRecord, Metric, Span } from '../views.ts';
import type { FunctionSignal } from './function-options.ts';

/** A function for the items of each signal, of which at least one is set. */
export interface ItemFunctions<Result> {
  readonly spans?: (span: Span) => Result;
  readonly logs?: (record: LogRecord) => Result;
  /** The metric is the second argument. */
  readonly dataPoints?: (point: DataPoint, metric: Metric) => Result;
}

/** Names of the functions, by signal. */
const NAMES = { traces: 'spans', logs: 'logs', metrics: 'dataPoints' } as const satisfies Record<
  FunctionSignal,
  keyof ItemFunctions<unknown>
>;

/** Returns the signals that have a function. Throws if there is none. */
export function signalsOfFunctions(creator: string, functions: ItemFunctions<unknown>): FunctionSignal[] {
  if (typeof functions !== 'object' || functions === null)
    throw new TypeError(`${creator}: expected an object with functions, such as { spans: … }, got ${typeof functions}`);
  const names: readonly string[] = Object.values(NAMES);
  for (const [name, value] of Object.entries(functions)) {
    if (!names.includes(name)) throw new TypeError(`${creator}: expected spans, logs or dataPoints, got "${name}"`);
    if (typeof value !== 'function')
      throw new TypeError(`${creator}: ${name}: expected a function, got ${typeof value}`);
  }
  const signals = (Object.keys(NAMES) as FunctionSignal[]).filter((signal) => functions[NAMES[signal]] !== undefined);
  if (signals.length === 0) throw new TypeError(`${creator}: expected spans, logs or dataPoints, got no function`);
  return signals;
}

/** Returns hooks that call the function of a signal for each item, and pass its result to `take`. */
export function itemFunctionHooks<Result>(
  functions: ItemFunctions<Result>,
  signal: FunctionSignal,
  take: (call: () => Result, cursor: ItemCursor) => Decision,
): RewriteHooks {
  const { spans, logs, dataPoints } = functions;
  if (signal === 'traces' && spans !== undefined) {
    const span = new SpanView();
    return itemHooks(span, (cursor) => take(() => spans(moveTo(span, cursor) as Span), cursor));
  }
  if (signal === 'logs' && logs !== undefined) {
    const record = new LogRecordView();
    return itemHooks(record, (cursor) => take(() => logs(moveTo(record, cursor) as LogRecord), cursor));
  }
  if (signal === 'metrics' && dataPoints !== undefined) {
    const point = new DataPointView();
    const metric = new MetricView();
    const call = (cursor: ItemCursor) =>
      dataPoints(pointAtDataPoint(point, cursor) as DataPoint, pointAtMetric(metric, cursor) as Metric);
    return { item: (cursor) => take(() => call(cursor), cursor) };
  }
  throw new Error(`expected a function for ${signal}`);
}

/** Returns hooks that call `item` with the resource and the scope of the view in place, which are the same for many items. */
export function itemHooks(
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

/** Moves a view to an item. */
export function moveTo<View extends SpanView | LogRecordView>(view: View, { bytes, start, end }: ItemCursor): View {
  view.reset(bytes, start, end);
  return view;
}
