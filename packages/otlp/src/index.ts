/** The OTLP protocol, on encoded bytes. */
export * from './batch.ts';
export * from './edit/attribute-editor.ts';
export { AttributePlan, type AttributeStep } from './edit/attribute-plan.ts';
export { viewOf } from './edit/copy-run.ts';
export * from './edit/cut-request.ts';
export * from './edit/fields.ts';
export { forEachItem } from './edit/for-each-item.ts';
export { ItemCursor } from './edit/item-cursor.ts';
export {
  type Partition,
  partitionByResource,
  partitionByTraceId,
  partitionItems,
  partitionResources,
} from './edit/partition.ts';
export * from './edit/rewrite-items.ts';
export * from './edit/splices.ts';
export * from './functions.ts';
export * from './histogram/exponential-counts.ts';
export * from './histogram/exponential-index.ts';
export * from './json/request-from-json.ts';
export * from './json/request-to-json.ts';
export * from './outcome.ts';
export * from './response.ts';
export * from './rpc-status.ts';
export * from './sampling/hash.ts';
export * from './sampling/threshold.ts';
export * from './sampling/trace-state.ts';
export * from './signals.ts';
export * from './views/any-value.ts';
export * from './views/attributes.ts';
export * from './views/base64.ts';
export * from './views/data-point.ts';
export * from './views/exemplar.ts';
export * from './views/hex.ts';
export * from './views/log-record.ts';
export * from './views/message-view.ts';
export * from './views/metric.ts';
export { RESOURCE_FIELDS, ResourceView, SCHEMA_URL_FIELD } from './views/resource.ts';
export * from './views/scope.ts';
export * from './views/span.ts';
export * from './views/span-event.ts';
export * from './views/span-link.ts';
export * from './views/visit.ts';
export { releaseBytes, retainBytes, takeBytes } from './wire/byte-pool.ts';
export { countContainers, countItems } from './wire/count.ts';
export * from './wire/descriptors.ts';
export * from './wire/enums.ts';
export * from './wire/find.ts';
export { type NormalizedRequest, normalizeProfiles, normalizeQuickly, normalizeRequest } from './wire/normalize.ts';
export * from './wire/reader.ts';
export { TagWriter, varintSize } from './wire/tag-writer.ts';
export { MAX_MESSAGE_DEPTH } from './wire/validate.ts';
export { WireWriter } from './wire/writer.ts';
