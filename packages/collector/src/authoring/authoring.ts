/** What modules of the user import from `otelier`. Nothing here loads the service, because each save loads it again. */
export {
  type ErrorMode,
  type FunctionOptions,
  type FunctionProcessor,
  filterDataPoints,
  filterLogs,
  filterSpans,
  mapDataPoints,
  mapLogs,
  mapSpans,
} from '../functions/function-processor.ts';
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
