import { type ItemFunction, TagWriter, varintSize } from '@otelier/otlp';
import { REQUEST_RESOURCE_LEVEL, RESOURCE_LEVEL_SCOPE_LEVEL } from '../wire/tags.ts';

/** The resource and scope of telemetry, encoded for their levels of the request. */
export interface Envelope {
  /** Fields of the resource level except its scopes: `resource`, `schema_url`. */
  readonly resource: Encoded;
  /** Fields of the scope level except its items: `scope`, `schema_url`. */
  readonly scope: Uint8Array;
  /** Processors that run before the items are sent, in order. */
  readonly processors?: readonly ItemFunction[] | undefined;
}

/** Encoded bytes that may not be available yet, because resource detection is asynchronous. */
export interface Encoded {
  /** `undefined` until `whenKnown` resolves. */
  readonly bytes: Uint8Array | undefined;
  readonly whenKnown: Promise<void>;
}

/**
 * Returns the bytes that turn items into an export request when they precede them. The items are the last field of the
 * last field, so they are never copied, whatever the size of the request.
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
