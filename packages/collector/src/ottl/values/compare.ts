import { Duration, Identifier, isList, isMap, OpaqueValue, Time, type Value, type ValueMap } from './value.ts';

/** A comparison operator. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/**
 * Compares two values by OTTL's rules: nil equals only nil, numbers are compared across numeric types, all other types
 * only with themselves, and maps, lists and IDs are unordered. Values that cannot be compared are not equal.
 */
export function compareValues(left: Value, operator: Comparison, right: Value): boolean {
  if (operator === '==') return areEqual(left, right);
  if (operator === '!=') return !areEqual(left, right);
  if (left === undefined && right === undefined) return operator === '<=' || operator === '>=';
  const order = orderOf(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Reports whether two values are equal by OTTL's rules. */
export function areEqual(left: Value, right: Value): boolean {
  if (typeof left !== 'object') {
    if (typeof left === typeof right) return left === right;
    return isNumber(left) && isNumber(right) && Number(left) === Number(right);
  }
  if (isMap(left)) return isMap(right) && mapsEqual(left, right);
  if (isList(left)) return isList(right) && listsEqual(left, right);
  if (left instanceof Identifier)
    return right instanceof Identifier && left.kind === right.kind && orderOfBytes(left.bytes, right.bytes) === 0;
  if (left instanceof OpaqueValue)
    return right instanceof OpaqueValue && left.kind === right.kind && orderOfBytes(left.encoded, right.encoded) === 0;
  return orderOf(left, right) === 0;
}

/** Compares elements of maps and lists, in which numbers are equal only if their types are equal. */
function elementsEqual(left: Value, right: Value): boolean {
  return typeof left === typeof right && areEqual(left, right);
}

function mapsEqual(left: ValueMap, right: ValueMap): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left) {
    if (!right.has(key) || !elementsEqual(value, right.get(key))) return false;
  }
  return true;
}

function listsEqual(left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((value, index) => elementsEqual(value, right[index]));
}

/** Returns a negative number, 0 or a positive number, or `undefined` if the values are unordered. */
function orderOf(left: Value, right: Value): number | undefined {
  if (typeof left === 'bigint' && typeof right === 'bigint') return left < right ? -1 : Number(left > right);
  if (isNumber(left) && isNumber(right)) return orderOfNumbers(Number(left), Number(right));
  if (typeof left === 'string' && typeof right === 'string') return orderOfTexts(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return orderOfBytes(left, right);
  if (left instanceof Time && right instanceof Time) return orderOf(left.nanos, right.nanos);
  if (left instanceof Duration && right instanceof Duration) return orderOf(left.nanos, right.nanos);
  return undefined;
}

/** Compares two numbers; returns `undefined` for NaN. */
function orderOfNumbers(left: number, right: number): number | undefined {
  if (left < right) return -1;
  if (left > right) return 1;
  return left === right ? 0 : undefined;
}

/** Compares two strings by their UTF-8 bytes, so that surrogate pairs sort after all other characters. */
export function orderOfTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    return (isSurrogate(a) ? a + 0x1_0000 : a) - (isSurrogate(b) ? b + 0x1_0000 : b);
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

function orderOfBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const difference = (left[i] as number) - (right[i] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
