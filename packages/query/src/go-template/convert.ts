import { parseFloat64 } from '../logql/parse/units.ts';
import { TemplateError } from './ast.ts';
import type { GoTime } from './go-time.ts';
import { Int, isTime, printValue, type Value } from './values.ts';

/** Returns a value as a text. Throws a `TemplateError` if it is none. */
export function textArgument(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  throw new TemplateError(`wrong type for value; expected string; got ${printValue(value)}`);
}

/** Returns a value as an integer, as `int` converts it. */
export function toInt(value: Value): bigint {
  if (value instanceof Int) return value.value;
  if (typeof value === 'number') return Number.isFinite(value) ? new Int(value).value : 0n;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value !== 'string') return 0n;
  const text = value.trim();
  if (/^[+-]?\d{1,30}$/.test(text)) return new Int(BigInt(text.replace(/^\+/, ''))).value;
  const parsed = parseFloat64(text);
  return 'value' in parsed && Number.isFinite(parsed.value) ? new Int(parsed.value).value : 0n;
}

/** Returns a value as a float, as `float64` converts it. */
export function toFloat(value: Value): number {
  if (value instanceof Int) return Number(value.value);
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return 0;
  const parsed = parseFloat64(value.trim());
  return 'value' in parsed ? parsed.value : 0;
}

/** Returns a value as a count or position. Throws a `TemplateError` if it is no integer. */
export function countArgument(value: Value): number {
  if (value instanceof Int) return Number(value.value);
  throw new TemplateError(`wrong type for value; expected int; got ${printValue(value)}`);
}

/** Returns a value as a time. Throws a `TemplateError` if it is none. */
export function timeArgument(value: Value): GoTime {
  if (isTime(value)) return value.time;
  if (value instanceof Int) return { nanos: value.value * 1_000_000_000n, zone: 'UTC' };
  throw new TemplateError(`wrong type for value; expected time.Time; got ${printValue(value)}`);
}
