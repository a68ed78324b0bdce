import type { ItemFunction } from '@otelier/otlp';
import { REQUEST_RESOURCE_LEVEL, RESOURCE_LEVEL_SCOPE_LEVEL } from '../wire/tags.ts';
import { varintSize, Writer } from '../wire/writer.ts';

/** What telemetry is said to come from, encoded for the level of the request where it stands. */
export interface Envelope {
  /** The fields of the resource level besides its scopes: `resource`, `schema_url`. */
  readonly resource: Encoded;
  /** The fields of the scope level besides its items: `scope`, `schema_url`. */
  readonly scope: Uint8Array;
  /** What is done with the items before they are sent, in order. */
  readonly processors?: readonly ItemFunction[] | undefined;
}

/** Bytes that may have to be waited for: attributes of a resource are detected by asking around. */
export interface Encoded {
  /** `undefined` until `whenKnown` has resolved. */
  readonly bytes: Uint8Array | undefined;
  readonly whenKnown: Promise<void>;
}

/**
 * The bytes in front of items that make them an export request: a header, and then the items, which are the last field of
 * the last field. So items are never moved, however large the request.
 */
export function requestHeader(resource: Uint8Array, scope: Uint8Array, itemBytes: number): Uint8Array<ArrayBuffer> {
  const scopeLength = scope.length + itemBytes;
  const writer = new Writer(resource.length + scope.length + 16);
  writer.uint(REQUEST_RESOURCE_LEVEL, resource.length + 1 + varintSize(scopeLength) + scopeLength);
  writer.raw(resource);
  writer.uint(RESOURCE_LEVEL_SCOPE_LEVEL, scopeLength);
  writer.raw(scope);
  return writer.finish();
}
