import { findField, type ItemCursor, payloadEnd, payloadStart, readString, SCHEMA_URL_FIELD } from '@otelier/otlp';

/** A resource or scope: its encoded message and the schema URL of its group. */
export interface Owner {
  readonly bytes: Uint8Array;
  readonly schemaUrl: string;
  readonly sizeBytes: number;
}

/** Copies the resource or scope at the cursor. */
export function copyOwner(cursor: ItemCursor, level: 'resource' | 'scope'): Owner {
  const { bytes } = cursor;
  const [start, end, groupStart, groupEnd] =
    level === 'resource'
      ? [cursor.resourceStart, cursor.resourceEnd, cursor.resourceGroupStart, cursor.resourceGroupEnd]
      : [cursor.scopeStart, cursor.scopeEnd, cursor.scopeGroupStart, cursor.scopeGroupEnd];
  const url = findField(bytes, groupStart, groupEnd, SCHEMA_URL_FIELD);
  const schemaUrl = url < 0 ? '' : readString(bytes, payloadStart(bytes, url), payloadEnd(bytes, url));
  return { bytes: bytes.slice(start, end), schemaUrl, sizeBytes: end - start + schemaUrl.length };
}
