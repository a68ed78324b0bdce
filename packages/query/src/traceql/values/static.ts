/** A typed value. Integers, durations (nanoseconds) and enums are distinct types, as in Tempo. */
export type Static =
  | { readonly type: 'nil' }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'duration'; readonly value: bigint }
  | { readonly type: 'status'; readonly value: StatusName }
  | { readonly type: 'kind'; readonly value: KindName }
  | { readonly type: 'array'; readonly of: ElementType; readonly values: readonly Scalar[] };
export type Scalar = Extract<Static, { readonly type: ElementType }>;
export type ElementType = 'int' | 'float' | 'string' | 'bool';
export type StatusName = 'error' | 'ok' | 'unset';
export type KindName = 'unspecified' | 'internal' | 'client' | 'server' | 'producer' | 'consumer';

export const NIL: Static = { type: 'nil' };
export const TRUE: Static = { type: 'bool', value: true };
export const FALSE: Static = { type: 'bool', value: false };

/** Returns a boolean. */
export function boolOf(value: boolean): Static {
  return value ? TRUE : FALSE;
}

/** Returns an integer, wrapped to 64 bits as in Tempo. */
export function intOf(value: bigint): Static {
  return { type: 'int', value: BigInt.asIntN(64, value) };
}

export function floatOf(value: number): Static {
  return { type: 'float', value };
}

export function stringOf(value: string): Static {
  return { type: 'string', value };
}

export function durationOf(value: bigint): Static {
  return { type: 'duration', value: BigInt.asIntN(64, value) };
}

/** Reports whether a value is a number: an integer, a float or a duration. */
export function isNumeric(value: Static): value is Extract<Static, { type: 'int' | 'float' | 'duration' }> {
  return value.type === 'int' || value.type === 'float' || value.type === 'duration';
}

/** Converts a numeric value to a float; NaN for other types. */
export function numberOf(value: Static): number {
  return isNumeric(value) ? Number(value.value) : Number.NaN;
}

/** Reports whether two values of any types are equal. Numbers of different types can be equal; nil never is. */
export function equals(a: Static, b: Static): boolean {
  if (a.type === 'nil' || b.type === 'nil') return false;
  if (isNumeric(a) && isNumeric(b))
    return a.type === 'float' || b.type === 'float' ? numberOf(a) === numberOf(b) : a.value === b.value;
  if (a.type !== b.type) return false;
  if (a.type !== 'array') return b.type !== 'array' && a.value === b.value;
  if (b.type !== 'array' || a.of !== b.of || a.values.length !== b.values.length) return false;
  return a.values.every((value, index) => value.value === b.values[index]?.value);
}

/** Returns a key that is equal for values of the same type and content. */
export function keyOf(value: Static): string {
  switch (value.type) {
    case 'nil':
      return 'nil';
    case 'array':
      return `array:${JSON.stringify(value.values.map(keyOf))}`;
    default:
      return `${value.type}:${String(value.value)}`;
  }
}

/** Compares two values for their order: numbers by size, others by type first. */
export function compare(a: Static, b: Static): number {
  if (isNumeric(a) && isNumeric(b)) return order(a.value, b.value);
  if (a.type !== b.type) return order(a.type, b.type);
  if (a.type === 'nil' || b.type === 'nil') return 0;
  return a.type === 'array' || b.type === 'array' ? order(keyOf(a), keyOf(b)) : order(a.value, b.value);
}

function order<T extends string | number | bigint | boolean>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
