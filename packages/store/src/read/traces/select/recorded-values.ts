import type { RecordedAttributes, RecordedValue } from '../../../spans.ts';

const EMPTY: RecordedAttributes = new Map();

/** Parses a stored JSON value. Integers become `bigint`, and numbers with a decimal point or exponent `number`. */
export function recordedValue(text: string): RecordedValue {
  const first = text.charCodeAt(0);
  // Most values are strings and integers, for which a reviver would be slow.
  if (first === QUOTE) return JSON.parse(text) as string;
  if (first !== BRACE && first !== BRACKET)
    return INTEGER.test(text) ? BigInt(text) : (JSON.parse(text) as RecordedValue);
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown) as RecordedValue;
}

/** Parses a stored JSON object of attributes. Returns no attributes for null. */
export function recordedAttributes(text: unknown): RecordedAttributes {
  if (typeof text !== 'string') return EMPTY;
  return attributesOf(recordedValue(text));
}

/** Converts an object to attributes. */
export function attributesOf(value: unknown): RecordedAttributes {
  if (typeof value !== 'object' || value === null) return EMPTY;
  return new Map(Object.entries(value as Readonly<Record<string, RecordedValue>>));
}

/** Parses a stored JSON array of objects, such as events. */
export function recordedList(text: unknown): readonly Readonly<Record<string, RecordedValue>>[] {
  if (typeof text !== 'string') return [];
  return recordedValue(text) as readonly Readonly<Record<string, RecordedValue>>[];
}

const QUOTE = 0x22;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const INTEGER = /^-?\d+$/;

/** `context.source` distinguishes `1` from `1.0`; TypeScript's library does not yet declare it (ES2026). */
function revive(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined) return value;
  return INTEGER.test(context.source) ? BigInt(context.source) : value;
}
