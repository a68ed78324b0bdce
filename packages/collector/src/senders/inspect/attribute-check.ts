import { findField, forEachPayload, payloadEnd, payloadStart, readKey } from '@otelier/otlp';
import { DEPRECATED_ATTRIBUTES } from '../deprecated-names.generated.ts';

/** Size of a value beyond which it is reported: a quarter of what most backends take for a whole item. */
export const HUGE_VALUE_BYTES = 32_768;
/** Maximum number of names that are kept, each of which is a constant of the table. */
const MAX_NAMES = 64;
/** Maximum number of attributes of an item that are read. */
const MAX_ATTRIBUTES = 256;
/** Maximum length of a key that is kept. Senders choose it. */
const MAX_KEY = 100;

/** What was found in attributes. */
export interface AttributeFindings {
  /** Deprecated names, with the number of inspected items that have them. */
  readonly deprecated: ReadonlyMap<string, number>;
  /** The largest value beyond the limit. */
  readonly huge: { readonly key: string; readonly bytes: number } | undefined;
}

/** Checks attributes of items: their names against the semantic conventions, and the sizes of their values. */
export class AttributeCheck implements AttributeFindings {
  readonly deprecated = new Map<string, number>();
  huge: AttributeFindings['huge'];

  /** Checks the attributes in field `field` of the message `[start, end)`. */
  check(bytes: Uint8Array, start: number, end: number, field: number): void {
    let count = 0;
    forEachPayload(bytes, start, end, field, (from, to) => {
      if (count++ >= MAX_ATTRIBUTES) return;
      const size = to - from;
      const key = readShortKey(bytes, from, to);
      if (size > HUGE_VALUE_BYTES && size > (this.huge?.bytes ?? 0)) this.huge = { key, bytes: size };
      this.name(key);
    });
  }

  /** Checks the name of an attribute. */
  name(key: string): void {
    if (!Object.hasOwn(DEPRECATED_ATTRIBUTES, key)) return;
    const items = this.deprecated.get(key);
    if (items !== undefined || this.deprecated.size < MAX_NAMES) this.deprecated.set(key, (items ?? 0) + 1);
  }
}

/** Decodes a key, cut to a length. */
function readShortKey(bytes: Uint8Array, start: number, end: number): string {
  const key = findField(bytes, start, end, 1);
  if (key < 0) return '';
  const length = payloadEnd(bytes, key) - payloadStart(bytes, key);
  return length <= MAX_KEY ? readKey(bytes, start, end) : `${readKey(bytes, start, end).slice(0, MAX_KEY)}…`;
}
