import { encodeBase64, encodeHex } from '@otelier/otlp';
import { orderOfTexts } from './compare.ts';
import { formatTimeRfc3339 } from './time.ts';
import { Duration, EvaluationError, Identifier, isList, isMap, Time, type Value, type ValueMap } from './value.ts';

/** Formats a value as text like OTTL's `StringLikeGetter`: bytes in hex, other values as JSON. Nil has no text. */
export function textOf(value: Exclude<Value, undefined>): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return encodeHex(value);
  return jsonOf(value, paddedFloatText);
}

/** Formats a value of an attribute as text like the Collector's `Value.AsString`: bytes in base64, nil as an empty text. */
export function attributeText(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return floatText(value);
  return value instanceof Uint8Array ? encodeBase64(value) : jsonOf(value);
}

/** Formats a value as JSON like Go: map keys in order, bytes in base64. Throws an `EvaluationError` for NaN and infinity. */
export function jsonOf(value: Value, float: FloatFormat = floatText): string {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'string':
      return jsonString(value);
    case 'number':
      if (!Number.isFinite(value)) throw new EvaluationError(`expected a value that JSON can represent, got ${value}`);
      return float(value);
    case 'object':
      return jsonOfObject(value, float);
    default:
      return String(value);
  }
}

/** Formats a finite float64. */
type FloatFormat = (value: number) => string;

function jsonOfObject(
  value: Exclude<Value, undefined | string | number | bigint | boolean>,
  float: FloatFormat,
): string {
  if (value instanceof Uint8Array) return `"${encodeBase64(value)}"`;
  if (isMap(value)) return jsonOfMap(value, float);
  if (isList(value)) return `[${value.map((element) => jsonOf(element, float)).join(',')}]`;
  if (value instanceof Identifier) return `[${[...value.bytes].join(',')}]`;
  if (value instanceof Duration) return String(value.nanos);
  if (value instanceof Time) return `"${formatTimeRfc3339(value)}"`;
  // Like in the Collector, messages of telemetry have no text.
  return '{}';
}

function jsonOfMap(map: ValueMap, float: FloatFormat): string {
  const entries = [...map].sort(([left], [right]) => orderOfTexts(left, right));
  return `{${entries.map(([key, value]) => `${jsonString(key)}:${jsonOf(value, float)}`).join(',')}}`;
}

const ESCAPED = /[<>&\u2028\u2029]/g;

function jsonString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Formats a float64 as Go's JSON encoder does. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Formats a float64 as the JSON encoder of OTTL does: negative exponents have at least two digits. */
function paddedFloatText(value: number): string {
  return floatText(value).replace(/e-(\d)$/, 'e-0$1');
}
