/** What modules of the user import from `otelier`. Nothing here loads the service, because each save loads it again. */
export {
  type FunctionProcessor,
  filterDataPoints,
  filterLogs,
  filterSpans,
  mapDataPoints,
  mapLogs,
  mapSpans,
} from '../functions/function-processor.ts';
export {
  type AggregateFunction,
  type AggregateItem,
  type AggregateOptions,
  aggregate,
} from '../functions/kinds/aggregate.ts';
export type { ErrorMode, FunctionOptions } from '../functions/kinds/function-options.ts';
export type { ItemFunctions } from '../functions/kinds/item-hooks.ts';
export { type PipelineId, type Route, type RouteFunction, type RouteOptions, route } from '../functions/kinds/route.ts';
export { type TailSampleFunction, type TailSampleOptions, tailSample } from '../functions/kinds/tail-sample.ts';
export type { Trace } from '../functions/kinds/trace.ts';
export type {
  AnyAttributeName,
  DataPoint,
  EditableAttributes,
  EditableDataPoint,
  EditableLogRecord,
  EditableSpan,
  LogRecord,
  Metric,
  ReadonlyAttributes,
  Resource,
  Scope,
  Span,
} from '../functions/views.ts';
export { type Config, defineConfig } from './define-config.ts';
