import type { Value } from '../../ottl/values/value.ts';

/** Converts parsed JSON or YAML to a value. A `bigint` is an integer, a number a double. */
export function fromPlain(plain: unknown): Value {
  switch (typeof plain) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return plain;
    case 'number':
      return plain;
    case 'object':
      if (plain === null) return undefined;
      if (Array.isArray(plain)) return plain.map(fromPlain);
      return new Map(Object.entries(plain).map(([key, value]) => [key, fromPlain(value)]));
    default:
      return undefined;
  }
}

/**
 * Converts parsed JSON as `fromPlain` does, except that whole numbers become integers, because JSON has a single number
 * type.
 */
export function fromJson(plain: unknown): Value {
  const value = fromPlain(plain);
  return integers(value);
}

function integers(value: Value): Value {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(integers);
  if (value instanceof Map) return new Map([...value].map(([key, part]) => [key, integers(part)]));
  return value;
}
