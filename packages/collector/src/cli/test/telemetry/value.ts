/** The value of an expected field that must be missing. */
export class Absent {}

/** A field that must be missing. */
export const ABSENT = new Absent();

/**
 * A value of decoded telemetry. Integers of attributes and 64-bit fields are `bigint`, so that they stay exact and differ
 * from doubles; `undefined` is an attribute without a value.
 */
export type Value = string | number | bigint | boolean | undefined | Bytes | Absent | readonly Value[] | Group;

/** A value of type bytes, as base64. */
export class Bytes {
  readonly base64: string;

  constructor(base64: string) {
    this.base64 = base64;
  }
}

/** A message by its field names, or attributes by their keys. */
export class Group {
  /** `fields` are names of the protocol, such as `trace_id`; `keys` are names of the user, such as `http.route`. */
  readonly kind: 'fields' | 'keys';
  readonly entries: Map<string, Value>;

  constructor(kind: Group['kind'], entries: Iterable<readonly [string, Value]> = []) {
    this.kind = kind;
    this.entries = new Map(entries);
  }
}

/** Returns the value at a path of names, or `undefined`. */
export function valueAt(group: Group, ...names: readonly string[]): Value {
  let value: Value = group;
  for (const name of names) value = value instanceof Group ? value.entries.get(name) : undefined;
  return value;
}

/** Maximum length of a formatted value. */
const MAX_LENGTH = 200;

/** Formats a value on one line, as a user would write it in a test file. */
export function formatValue(value: Value, maxLength: number = MAX_LENGTH): string {
  const text = format(value, maxLength);
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

function format(value: Value, budget: number): string {
  if (value === undefined) return 'empty';
  if (typeof value === 'string') return JSON.stringify(value.length > budget ? `${value.slice(0, budget)}…` : value);
  if (typeof value === 'number') return formatDouble(value);
  if (value instanceof Absent) return 'nothing';
  if (value instanceof Bytes) return `bytes ${value.base64.slice(0, budget)}`;
  if (value instanceof Group) return `{${joined(value.entries, budget, formatEntry)}}`;
  if (isList(value)) return `[${joined(value, budget, format)}]`;
  return String(value);
}

/** Formats a double so that it differs from an integer: `5.0`. */
function formatDouble(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function formatEntry([key, value]: readonly [string, Value], budget: number): string {
  const name = /^[\w.-]+$/.test(key) ? key : JSON.stringify(key);
  return `${name}: ${format(value, budget)}`;
}

/** Joins formatted values until the budget is used up, so that a huge value costs no more than a small one. */
function joined<T>(values: Iterable<T>, budget: number, each: (value: T, budget: number) => string): string {
  let text = '';
  for (const value of values) {
    if (text.length > budget) return `${text}, …`;
    text += `${text === '' ? '' : ', '}${each(value, budget - text.length)}`;
  }
  return text;
}

/** Reports whether a value is a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
