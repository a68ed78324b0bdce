import { toFloat, toInteger, truncate } from '../../ottl/values/convert.ts';
import { jsonOf } from '../../ottl/values/text.ts';
import { EvaluationError, isList, isMap, Time, typeName, type Value } from '../../ottl/values/value.ts';
import { valueOfJson } from '../entry/json-value.ts';
import { goText } from './go-text.ts';
import { equal, integerOf, order } from './operations.ts';

type Builtin = (...args: readonly Value[]) => Value;

/** The functions of expr-lang without a predicate. Those that read the clock are missing. */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  len: (value) => {
    if (typeof value === 'string') return BigInt([...value].length);
    if (isList(value)) return BigInt(value.length);
    if (isMap(value)) return BigInt(value.size);
    throw new EvaluationError(`expected a string, a list or a map, got ${typeName(value)}`);
  },
  type: (value) => typeOf(value),
  // Its name in rules of `receiver_creator`, where `type` is a variable.
  typeOf: (value) => typeOf(value),
  abs: (value) => (typeof value === 'bigint' ? (value < 0n ? -value : value) : Math.abs(float(value))),
  ceil: (value) => Math.ceil(float(value)),
  floor: (value) => Math.floor(float(value)),
  round: (value) => Math.sign(float(value)) * Math.round(Math.abs(float(value))),
  int: (value) => {
    if (typeof value === 'string') return toInteger(value);
    return typeof value === 'number' ? truncate(value) : integerOf(value);
  },
  float: (value) => (typeof value === 'string' ? toFloat(value) : float(value)),
  string: (value) => goText(value),
  trim: (value, characters) => trim(text(value), characters, true, true),
  trimPrefix: (value, prefix = ' ') => {
    const part = text(prefix);
    return text(value).startsWith(part) ? text(value).slice(part.length) : value;
  },
  trimSuffix: (value, suffix = ' ') => {
    const part = text(suffix);
    return part !== '' && text(value).endsWith(part) ? text(value).slice(0, -part.length) : value;
  },
  upper: (value) => text(value).toUpperCase(),
  lower: (value) => text(value).toLowerCase(),
  split: (value, separator, limit) => split(text(value), text(separator), limit, false),
  splitAfter: (value, separator, limit) => split(text(value), text(separator), limit, true),
  replace: (value, from, to) => text(value).split(text(from)).join(text(to)),
  repeat: (value, count) => {
    const times = Number(integerOf(count));
    if (times < 0 || times * text(value).length > MAX_TEXT) throw new EvaluationError('expected a shorter repetition');
    return text(value).repeat(times);
  },
  join: (value, separator = '') => list(value).map(text).join(text(separator)),
  indexOf: (value, part) => BigInt(text(value).indexOf(text(part))),
  lastIndexOf: (value, part) => BigInt(text(value).lastIndexOf(text(part))),
  hasPrefix: (value, part) => text(value).startsWith(text(part)),
  hasSuffix: (value, part) => text(value).endsWith(text(part)),
  max: (...values) => extreme(values, 1),
  min: (...values) => extreme(values, -1),
  sum: (value) => list(value).reduce(addNumbers, 0n),
  mean: (value) => {
    const values = list(value);
    return values.length === 0 ? 0n : float(values.reduce(addNumbers, 0n)) / values.length;
  },
  median: (value) => {
    const values = list(value)
      .map(float)
      .sort((a, b) => a - b);
    const middle = values.length >> 1;
    if (values.length === 0) return 0n;
    return values.length % 2 === 1 ? values[middle] : ((values[middle - 1] ?? 0) + (values[middle] ?? 0)) / 2;
  },
  toJSON: (value) => (value === undefined ? 'null' : JSON.stringify(JSON.parse(jsonOf(value)), undefined, 2)),
  fromJSON: (value) => {
    try {
      return valueOfJson(JSON.parse(text(value)));
    } catch {
      throw new EvaluationError('expected JSON');
    }
  },
  toBase64: (value) => Buffer.from(text(value)).toString('base64'),
  fromBase64: (value) => Buffer.from(text(value), 'base64').toString(),
  first: (value) => list(value)[0],
  last: (value) => list(value).at(-1),
  get: (value, key) => {
    if (isMap(value)) return typeof key === 'string' ? value.get(key) : undefined;
    return isList(value) ? value.at(Number(integerOf(key))) : undefined;
  },
  take: (value, count) => list(value).slice(0, Number(integerOf(count))),
  keys: (value) => [...map(value).keys()],
  values: (value) => [...map(value).values()],
  toPairs: (value) => [...map(value)].map(([key, member]) => [key, member]),
  fromPairs: (value) => new Map(list(value).map((pair) => [text(list(pair)[0]), list(pair)[1]])),
  reverse: (value) => list(value).toReversed(),
  uniq: (value) => {
    const found: Value[] = [];
    for (const member of list(value)) if (!found.some((known) => equal(known, member))) found.push(member);
    return found;
  },
  concat: (...values) => values.flatMap(list),
  flatten: (value) => flattened(list(value)),
  sort: (value, direction) => list(value).toSorted((a, b) => (direction === 'desc' ? order(b, a) : order(a, b))),
  bitand: (a, b) => integerOf(a) & integerOf(b),
  bitor: (a, b) => integerOf(a) | integerOf(b),
  bitxor: (a, b) => integerOf(a) ^ integerOf(b),
  bitnand: (a, b) => integerOf(a) & ~integerOf(b),
  bitnot: (a) => ~integerOf(a),
  bitshl: (a, b) => BigInt.asIntN(64, integerOf(a) << shift(b)),
  bitshr: (a, b) => integerOf(a) >> shift(b),
  bitushr: (a, b) => BigInt.asUintN(64, integerOf(a)) >> shift(b),
};

function flattened(values: readonly Value[]): Value[] {
  return values.flatMap((value) => (isList(value) ? flattened(value) : [value]));
}

const MAX_TEXT = 1_000_000;

function typeOf(value: Value): string {
  if (value === undefined) return 'nil';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'float';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (value instanceof Time) return 'time.Time';
  return isMap(value) ? 'map' : 'array';
}

function text(value: Value): string {
  if (typeof value === 'string') return value;
  throw new EvaluationError(`expected a string, got ${typeName(value)}`);
}

function list(value: Value): Value[] {
  if (isList(value)) return value;
  throw new EvaluationError(`expected a list, got ${typeName(value)}`);
}

function map(value: Value) {
  if (isMap(value)) return value;
  throw new EvaluationError(`expected a map, got ${typeName(value)}`);
}

function float(value: Value): number {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  throw new EvaluationError(`expected a number, got ${typeName(value)}`);
}

function addNumbers(sum: Value, value: Value): Value {
  if (typeof sum === 'bigint' && typeof value === 'bigint') return sum + value;
  return float(sum) + float(value);
}

function extreme(values: readonly Value[], sign: number): Value {
  const all = values.flatMap((value) => (isList(value) ? value : [value]));
  return all.reduce((best, value) => (Math.sign(order(value, best)) === sign ? value : best), all[0]);
}

function shift(value: Value): bigint {
  const bits = integerOf(value);
  if (bits < 0n || bits > 63n) throw new EvaluationError(`expected a shift of 0 to 63 bits, got ${bits}`);
  return bits;
}

function trim(value: string, characters: Value, start: boolean, end: boolean): string {
  if (characters === undefined) return value.trim();
  const set = new Set(text(characters));
  let from = 0;
  let to = value.length;
  while (start && from < to && set.has(value[from] as string)) from++;
  while (end && to > from && set.has(value[to - 1] as string)) to--;
  return value.slice(from, to);
}

function split(value: string, separator: string, limit: Value, keepsSeparator: boolean): string[] {
  const parts = value.split(separator);
  const count = limit === undefined ? -1 : Number(integerOf(limit));
  const kept = count < 0 ? parts : count === 0 ? [] : [...parts.slice(0, count - 1)];
  if (count > 0 && parts.length >= count) kept.push(parts.slice(count - 1).join(separator));
  if (!keepsSeparator) return kept;
  return kept.map((part, index) => (index < kept.length - 1 ? part + separator : part));
}
