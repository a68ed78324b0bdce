/** What both doors have. */
export type { AttributeLimits, Attributes } from './attributes/attribute-list.ts';
export type { AttributeValue } from './attributes/attribute-value.ts';
export type { Auth } from './client/auth.ts';
export { Client } from './client/client.ts';
export { OptionError } from './client/option-error.ts';
export type { ClientOptions, Protocol, TransportOptions } from './client/options.ts';
export type * from './delivery/contract.ts';
export type { DeliveryListener } from './delivery/health.ts';
export type { ExporterOptions, ExportResult } from './exporters/sender.ts';
export type { Item } from './items/item.ts';
export { type SpanItem, type SpanKindName, span } from './items/span-item.ts';
export type { ResourceSource } from './resource.ts';
export type { Scope } from './scope.ts';
export { Timeline, type TimeSource } from './time.ts';
export type { SpanLimits } from './trace/limits.ts';
export { type SpanObserver, TracerProvider, type TracerProviderOptions } from './trace/tracer-provider.ts';
