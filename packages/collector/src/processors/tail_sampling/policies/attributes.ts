import {
  ANY_VALUE_FIELDS,
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  readString,
  readVarintBool,
  readVarintInt64,
  SPAN_FIELDS,
  sameBytes,
} from '@otelier/otlp';
import { compilePattern } from '@otelier/query/pattern';
import { Decision, type Policy } from '../policy.ts';

/** Tests the `AnyValue` of an attribute in `[start, end)`. */
type ValueTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Returns a policy that samples traces with a string attribute of a resource or span that matches. */
export function stringAttribute(options: {
  readonly key: string;
  readonly values: readonly string[];
  readonly enabledRegexMatching: boolean;
  readonly cacheMaxSize: number;
  readonly invertMatch: boolean;
}): Policy {
  const { key, values, enabledRegexMatching, cacheMaxSize, invertMatch } = options;
  const matches = enabledRegexMatching ? matchesPattern(values, cacheMaxSize) : matchesText(values);
  const test =
    (emptyMatches: boolean): ValueTest =>
    (bytes, start, end) => {
      const value = findField(bytes, start, end, ANY_VALUE_FIELDS.string);
      const from = value < 0 ? 0 : payloadStart(bytes, value);
      const to = value < 0 ? 0 : payloadEnd(bytes, value);
      // Values of other types count as an empty string, which only a pattern for a resource can match.
      return from === to ? emptyMatches : matches(bytes, from, to);
    };
  const emptyResourceMatches = enabledRegexMatching && matches(new Uint8Array(), 0, 0);
  return byAttribute(key, test(emptyResourceMatches), test(false), invertMatch);
}

/** Returns a policy that samples traces with an integer attribute of a resource or span that is within a range. */
export function numericAttribute(options: {
  readonly key: string;
  readonly minValue: bigint;
  readonly maxValue: bigint;
  readonly invertMatch: boolean;
}): Policy {
  // 0 means no limit.
  const min = options.minValue === 0n ? MIN_INT64 : options.minValue;
  const max = options.maxValue === 0n ? MAX_INT64 : options.maxValue;
  const test: ValueTest = (bytes, start, end) => {
    const value = findField(bytes, start, end, ANY_VALUE_FIELDS.int);
    // Values of other types count as 0.
    const number = value < 0 ? 0n : readVarintInt64(bytes, value);
    return number >= min && number <= max;
  };
  return byAttribute(options.key, test, test, options.invertMatch);
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Returns a policy that samples traces with a boolean attribute of a resource or span that has a given value. */
export function booleanAttribute(key: string, expected: boolean, invertMatch: boolean): Policy {
  const test: ValueTest = (bytes, start, end) => {
    const value = findField(bytes, start, end, ANY_VALUE_FIELDS.bool);
    // Values of other types count as `false`.
    return (value >= 0 && readVarintBool(bytes, value)) === expected;
  };
  return byAttribute(key, test, test, invertMatch);
}

/** Returns a policy that samples traces with a matching attribute or, with `invert`, those without one. */
function byAttribute(key: string, resourceValue: ValueTest, spanValue: ValueTest, invert: boolean): Policy {
  const encoded = encodeKey(key);
  const found = new FoundAttribute();
  const test = {
    resource: (bytes: Uint8Array, start: number, end: number) =>
      findAttribute(bytes, start, end, RESOURCE_FIELDS.attributes, encoded, found) &&
      resourceValue(bytes, found.valueStart, found.valueEnd),
    span: (bytes: Uint8Array, start: number, end: number) =>
      findAttribute(bytes, start, end, SPAN_FIELDS.attributes, encoded, found) &&
      spanValue(bytes, found.valueStart, found.valueEnd),
  };
  return {
    isStateful: false,
    evaluate: (trace) => (trace.some(test) === invert ? Decision.notSampled : Decision.sampled),
  };
}

function matchesText(values: readonly string[]): ValueTest {
  const encoder = new TextEncoder();
  const texts = values.filter((value) => value !== '').map((value) => encoder.encode(value));
  if (texts.length > MAX_COMPARED) {
    const set = new Set(values);
    return (bytes, start, end) => set.has(readString(bytes, start, end));
  }
  return (bytes, start, end) => {
    for (const text of texts) if (text.length === end - start && sameBytes(bytes, start, text)) return true;
    return false;
  };
}

/** Maximum number of strings for which comparing bytes is faster than decoding the value. */
const MAX_COMPARED = 8;

function matchesPattern(sources: readonly string[], cacheMaxSize: number): ValueTest {
  const patterns = sources.map((source) => compilePattern(source));
  const results = new Map<string, boolean>();
  const maxSize = cacheMaxSize > 0 ? cacheMaxSize : DEFAULT_CACHE_SIZE;
  return (bytes, start, end) => {
    const text = readString(bytes, start, end);
    const known = results.get(text);
    if (known !== undefined) return known;
    const isMatch = patterns.some((pattern) => pattern.test(text));
    // Evicts the oldest result first.
    if (results.size >= maxSize) for (const [oldest] of results.entries()) if (results.delete(oldest)) break;
    results.set(text, isMatch);
    return isMatch;
  };
}

const DEFAULT_CACHE_SIZE = 128;
