import { type AnyValueKind, anyValueKind, encodeKey, FoundAttribute, findAttribute, sameBytes } from '@otelier/otlp';
import { encodeValue, readValue } from '../ottl/values/codec.ts';
import { plainText } from '../ottl/values/plain-text.ts';
import { isList, isMap, type Value } from '../ottl/values/value.ts';
import { compileTexts, type MatchType } from './texts.ts';

/** An attribute to match. If it has no value, any value matches. */
export interface AttributeToMatch {
  readonly key: string;
  readonly value?: unknown;
}

/** Tests the attributes in field `attributesField` of the message `[start, end)`. */
export type AttributesTest = (bytes: Uint8Array, start: number, end: number, attributesField: number) => boolean;

/** Returns a test for messages that have all of the listed attributes. */
export function compileAttributes(matchType: MatchType, list: readonly AttributeToMatch[]): AttributesTest {
  const tests = list.map((attribute) => compileAttribute(matchType, attribute));
  const [first] = tests;
  if (tests.length === 1 && first !== undefined) return first;
  return (bytes, start, end, field) => tests.every((test) => test(bytes, start, end, field));
}

function compileAttribute(matchType: MatchType, { key, value }: AttributeToMatch): AttributesTest {
  const encodedKey = encodeKey(key);
  const isExpected = value === undefined || value === null ? undefined : valueTest(matchType, value);
  return (bytes, start, end, field) =>
    findAttribute(bytes, start, end, field, encodedKey, found) &&
    (isExpected === undefined || isExpected(bytes, found.valueStart, found.valueEnd));
}

const found = new FoundAttribute();

/** Tests the encoded value `[start, end)`. */
type ValueTest = (bytes: Uint8Array, start: number, end: number) => boolean;

function valueTest(matchType: MatchType, value: unknown): ValueTest {
  if (matchType === 'strict') return equals(configuredValue(value));
  const matches = compileTexts('regexp', [String(value)]);
  return (bytes, start, end) => {
    const text = plainText(readValue(bytes, start, end));
    return text !== undefined && matches(text);
  };
}

/** Kinds of values that can be equal without having the same encoding. */
const STRUCTURED: ReadonlySet<AnyValueKind> = new Set(['double', 'array', 'kvlist']);

/** Returns a test for values of the same type that are equal to `expected`. */
function equals(expected: Value): ValueTest {
  const encoded = encodeValue(expected);
  const kind = anyValueKind(encoded, 0, encoded.length);
  if (!STRUCTURED.has(kind))
    return (bytes, start, end) => end - start === encoded.length && sameBytes(bytes, start, encoded);
  return (bytes, start, end) =>
    anyValueKind(bytes, start, end) === kind && sameValue(readValue(bytes, start, end), expected);
}

/** Compares values by type and content. The order of map keys does not matter. */
function sameValue(left: Value, right: Value): boolean {
  if (isMap(left) && isMap(right))
    return left.size === right.size && [...left].every(([key, value]) => sameValue(value, right.get(key)));
  if (isList(left) && isList(right))
    return left.length === right.length && left.every((value, index) => sameValue(value, right[index]));
  if (left instanceof Uint8Array && right instanceof Uint8Array)
    return left.length === right.length && sameBytes(left, 0, right);
  return left === right;
}

/** Converts a configuration value to an attribute value. */
function configuredValue(value: unknown): Value {
  if (value === null) return undefined;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(configuredValue);
  if (typeof value === 'object')
    return new Map(Object.entries(value).map(([key, part]) => [key, configuredValue(part)]));
  return value as Value;
}
