/** What modules of the user that define components import from `otelier`. Modules with functions only do not load it. */
export {
  ACCEPTED,
  type Batch,
  type BatchContext,
  countItems,
  DataPointView,
  forEachItem,
  type ItemCursor,
  LogRecordView,
  localContext,
  MetricView,
  type Outcome,
  type RewriteHooks,
  requestFromJson,
  requestToJson,
  rewriteItems,
  type Signal,
  SpanView,
} from '@otelier/otlp';
export * from '../component/contract.ts';
export * from '../component/define.ts';
export { BatchRejection, defineRewriter, type Hooks, type RewriterDefinition } from '../component/rewriter.ts';
export { byteSize, duration, secret, z } from '../component/schema.ts';
export * from './authoring.ts';
