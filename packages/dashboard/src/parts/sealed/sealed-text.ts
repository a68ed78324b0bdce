import type { JsonValue } from '@otelier/query';

/** Reports whether a value is sealed to a key, in any version of the format. */
export function isSealedText(value: JsonValue | undefined): value is `sealed:${number}:${string}` {
  return typeof value === 'string' && /^sealed:\d+:/.test(value);
}

/** The attribute with the contents of a span or a log record that is sealed as a whole. */
export const SEALED_ITEM_KEY = 'otelier.sealed';

/** A kind of items that can be sealed as a whole. */
export type SealedItem = 'span' | 'log record';
