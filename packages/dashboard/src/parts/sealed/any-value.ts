import type { JsonValue } from '@otelier/query';
import type { SealedItem } from './sealed-text.ts';

/** Fields of the items that are shown when they are opened: the name or the body, and the attributes. */
const ITEM_FIELDS = { span: { text: 5, attributes: 9 }, 'log record': { text: 5, attributes: 6 } } as const;
const MAX_DEPTH = 32;

/** Decodes an `AnyValue` of OTLP. Throws for other bytes. */
export function decodeAnyValue(bytes: Uint8Array, depth = 0): JsonValue {
  if (depth > MAX_DEPTH) throw new Error('expected a value, got one that is nested too deeply');
  let value: JsonValue = null;
  for (const { field, number, contents } of fieldsOf(bytes)) {
    if (field === 1) value = textOf(contents);
    else if (field === 2) value = number !== 0n;
    else if (field === 3) value = integerOf(BigInt.asIntN(64, number));
    else if (field === 4) value = new DataView(contents.buffer, contents.byteOffset, 8).getFloat64(0, true);
    else if (field === 5) value = listOf(contents, depth);
    else if (field === 6) value = recordOf(contents, 1, depth);
    else if (field === 7) value = Array.from(contents, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return value;
}

/** Decodes a span or a log record that was sealed as a whole: its name or body, and its attributes. Throws for other bytes. */
export function decodeItem(bytes: Uint8Array, item: SealedItem): JsonValue {
  const { text, attributes } = ITEM_FIELDS[item];
  const first = [...fieldsOf(bytes)].find(({ field }) => field === text)?.contents;
  const shown: Readonly<Record<string, JsonValue>> =
    first === undefined ? {} : item === 'span' ? { name: textOf(first) } : { body: decodeAnyValue(first) };
  return { ...shown, attributes: recordOf(bytes, attributes, 0) };
}

function listOf(bytes: Uint8Array, depth: number): JsonValue {
  return [...fieldsOf(bytes)].map(({ contents }) => decodeAnyValue(contents, depth + 1));
}

function recordOf(bytes: Uint8Array, ownField: number, depth: number): JsonValue {
  const entries = [...fieldsOf(bytes)].flatMap(({ field, contents }) => {
    if (field !== ownField) return [];
    const pair = [...fieldsOf(contents)];
    const key = pair.find((one) => one.field === 1)?.contents ?? new Uint8Array();
    const value = pair.find((one) => one.field === 2)?.contents ?? new Uint8Array();
    return [[textOf(key), decodeAnyValue(value, depth + 1)] as const];
  });
  return Object.fromEntries(entries);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Integers beyond those that numbers have exactly are texts, as in OTLP/JSON. */
function integerOf(value: bigint): JsonValue {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

interface WireField {
  readonly field: number;
  readonly number: bigint;
  readonly contents: Uint8Array;
}

/** Reads the fields of an encoded message. Throws if it is cut. */
function* fieldsOf(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('expected an encoded value, got other bytes');
  };
  const take = (length: number): Uint8Array => {
    const contents = bytes.subarray(at, at + length);
    if (contents.length !== length) throw new Error('expected an encoded value, got other bytes');
    at += length;
    return contents;
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [field, wireType] = [tag >>> 3, tag & 7];
    const number = wireType === 0 ? varint() : 0n;
    const size = { 0: 0, 1: 8, 2: -1, 5: 4 }[wireType];
    if (size === undefined) throw new Error('expected an encoded value, got other bytes');
    yield { field, number, contents: take(size < 0 ? Number(varint()) : size) };
  }
}
