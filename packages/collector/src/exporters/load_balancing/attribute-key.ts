import { encodeBase64 } from '@otelier/otlp';
import { orderOfTexts } from '../../ottl/values/compare.ts';
import { isList, isMap, type Value } from '../../ottl/values/value.ts';

/** Returns the part of a routing key for an attribute: `name=value|`. */
export function attributePart(name: string, value: Value): string {
  return `${name}=${textOf(value)}|`;
}

function textOf(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return formatDouble(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (isList(value)) return `[${value.map(textOf).join(',')}]`;
  if (!isMap(value)) return '';
  const entries = [...value].sort(([a], [b]) => orderOfTexts(a, b));
  return `{${entries.map(([key, inner]) => `${key}:${textOf(inner)}`).join(',')}}`;
}

/** Formats a number as Go's `strconv.FormatFloat` does with the format `g`. */
function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', exponentText = ''] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < MIN_LARGE_EXPONENT) return String(value);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

const MIN_LARGE_EXPONENT = 6;
