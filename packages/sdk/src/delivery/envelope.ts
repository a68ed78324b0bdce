import { type ItemFunction, TagWriter, varintSize } from '@otelier/otlp';
import { REQUEST_RESOURCE_LEVEL, RESOURCE_LEVEL_SCOPE_LEVEL } from '../wire/tags.ts';

/** The resource and scope of telemetry, each encoded for its level of the request. */
export interface Envelope {
  /** Resource-level fields other than the scopes: `resource`, `schema_url`. */
  readonly resource: Encoded;
  /** Scope-level fields other than the items: `scope`, `schema_url`. */
  readonly scope: Uint8Array;
  /** Processors to run before the items are sent, in order. */
  readonly processors?: readonly ItemFunction[] | undefined;
}

/** Encoded bytes that may not be available yet, because resource detection is asynchronous. */
export interface Encoded {
  /** The bytes, or `undefined` until `whenKnown` resolves. */
  readonly bytes: Uint8Array | undefined;
  readonly whenKnown: Promise<void>;
}

/**
 * Returns the bytes that, when prepended to items, form an export request. The items are the last field of the last
 * field, so they are never copied, regardless of the request size.
 */
export function requestHeader(resource: Uint8Array, scope: Uint8Array, itemBytes: number): Uint8Array<ArrayBuffer> {
  const scopeLength = scope.length + itemBytes;
  const writer = new TagWriter(resource.length + scope.length + 16);
  writer.uint(REQUEST_RESOURCE_LEVEL, resource.length + 1 + varintSize(scopeLength) + scopeLength);
  writer.raw(resource);
  writer.uint(RESOURCE_LEVEL_SCOPE_LEVEL, scopeLength);
  writer.raw(scope);
  return writer.finish();
}
