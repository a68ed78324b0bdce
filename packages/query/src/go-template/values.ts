import { formatG } from '../promql/format-number.ts';
import { TemplateError } from './ast.ts';
import { formatTime, type GoTime } from './go-time.ts';

/** A 64-bit integer, which Go distinguishes from a float. */
export class Int {
  readonly value: bigint;

  constructor(value: bigint | number) {
    this.value = BigInt.asIntN(64, typeof value === 'bigint' ? value : BigInt(Math.trunc(value)));
  }
}

/** A value in a template. Plain numbers are floats; `undefined` is `nil`. */
export type Value =
  | string
  | number
  | boolean
  | undefined
  | Int
  | { readonly kind: 'time'; readonly time: GoTime }
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** A function of a template. Throws a `TemplateError` for wrong arguments. */
export type TemplateFunction = (...args: readonly Value[]) => Value;

/** A function with the number of its arguments; -1 for any number. */
export type FunctionEntry = readonly [arguments: number, TemplateFunction];

/** The key of a map's or list's methods. */
export const METHODS = Symbol('methods');

/** Methods by name. The first argument is the value that has the method; the number of arguments does not count it. */
export type Methods = Readonly<Record<string, FunctionEntry>>;

/** Returns a method of a value, such as one of Go's named types has. `String` formats the value. */
export function methodOf(value: Value, name: string): FunctionEntry | undefined {
  if (typeof value !== 'object') return undefined;
  const methods = (value as { readonly [METHODS]?: Methods })[METHODS];
  return methods !== undefined && Object.hasOwn(methods, name) ? methods[name] : undefined;
}

/** Maximum length of a text that a template produces. */
export const MAX_TEXT = 1 << 20;

/** Returns a text unless it is too long. Throws a `TemplateError`. */
export function bounded(text: string): string {
  if (text.length > MAX_TEXT) throw new TemplateError(`expected at most ${MAX_TEXT} characters, got more`);
  return text;
}

export function isTime(value: Value): value is { readonly kind: 'time'; readonly time: GoTime } {
  return typeof value === 'object' && 'kind' in value;
}

export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

/** Reports whether a value counts as true: not zero, empty or nil. */
export function isTrue(value: Value): boolean {
  if (value instanceof Int) return value.value !== 0n;
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return value.size > 0;
  return Boolean(value) || Number.isNaN(value);
}

/** Formats a value as Go prints it. */
export function printValue(value: Value, depth = 0): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return depth === 0 ? '<no value>' : '<nil>';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return formatFloat(value);
  if (value instanceof Int) return value.value.toString();
  const format = methodOf(value, 'String');
  if (format !== undefined) return printValue(format[1](value), depth);
  if (isTime(value)) return formatTime(value.time, '2006-01-02 15:04:05.999999999 -0700 MST');
  if (isMap(value)) {
    const keys = [...value.keys()].sort();
    return `map[${keys.map((key) => `${key}:${printValue(value.get(key), depth + 1)}`).join(' ')}]`;
  }
  return `[${value.map((one) => printValue(one, depth + 1)).join(' ')}]`;
}

/** Formats a float as Go's `%v`: with an exponent from 1e+06 on. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  return formatG(value, 6);
}
