import { encodeBase64, encodeHex } from '@otelier/otlp';
import { orderOfTexts } from './compare.ts';
import { formatTimeRfc3339 } from './time.ts';
import { Duration, EvaluationError, Identifier, isList, isMap, Time, type Value, type ValueMap } from './value.ts';

/** Formats a value as OTTL's `StringLikeGetter` does: bytes in hex, other values as JSON. Nil is not accepted. */
export function textOf(value: Exclude<Value, undefined>): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return encodeHex(value);
  return jsonOf(value, OTTL_FORMAT);
}

/** Formats an attribute value as the Collector's `Value.AsString` does: bytes in base64, nil as an empty string. */
export function attributeText(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return floatText(value).replace('+Inf', 'Infinity').replace('-Inf', '-Infinity');
  if (value instanceof Uint8Array) return encodeBase64(value);
  try {
    return jsonOf(value, ATTRIBUTE_FORMAT);
  } catch (error) {
    if (error instanceof EvaluationError) return '';
    throw error;
  }
}

/** Encodes a value as JSON like Go: sorted map keys, bytes in base64. Throws an `EvaluationError` for NaN and infinity. */
export function jsonOf(value: Value, format: JsonFormat = GO_FORMAT): string {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'string':
      return jsonString(value, format);
    case 'number':
      if (!Number.isFinite(value)) throw new EvaluationError(`expected a value that JSON can represent, got ${value}`);
      return format.float(value);
    case 'object':
      return jsonOfObject(value, format);
    default:
      return String(value);
  }
}

interface JsonFormat {
  /** Formats a finite float64. */
  float(value: number): string;
  /** The characters that are escaped in strings. */
  readonly escaped: RegExp;
}

function jsonOfObject(
  value: Exclude<Value, undefined | string | number | bigint | boolean>,
  format: JsonFormat,
): string {
  if (value instanceof Uint8Array) return `"${encodeBase64(value)}"`;
  if (isMap(value)) return jsonOfMap(value, format);
  if (isList(value)) return `[${value.map((element) => jsonOf(element, format)).join(',')}]`;
  if (value instanceof Identifier) return `[${[...value.bytes].join(',')}]`;
  if (value instanceof Duration) return String(value.nanos);
  if (value instanceof Time) return `"${formatTimeRfc3339(value)}"`;
  // As in the Collector, opaque telemetry messages have no string form.
  return '{}';
}

function jsonOfMap(map: ValueMap, format: JsonFormat): string {
  const entries = [...map].sort(([left], [right]) => orderOfTexts(left, right));
  return `{${entries.map(([key, value]) => `${jsonString(key, format)}:${jsonOf(value, format)}`).join(',')}}`;
}

function jsonString(text: string, { escaped }: JsonFormat): string {
  return JSON.stringify(text.toWellFormed()).replace(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Formats a float64 as Go's JSON encoder does. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Formats a float64 as OTTL's JSON encoder does: negative exponents have at least two digits. */
function paddedFloatText(value: number): string {
  return floatText(value).replace(/e-(\d)$/, 'e-0$1');
}

const HTML = /[<>&\u2028\u2029]/g;
const GO_FORMAT: JsonFormat = { float: floatText, escaped: HTML };
const OTTL_FORMAT: JsonFormat = { float: paddedFloatText, escaped: HTML };
const ATTRIBUTE_FORMAT: JsonFormat = { float: floatText, escaped: /[\u2028\u2029]/g };
