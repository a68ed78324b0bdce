import type { Subject } from '../record/subject.ts';
import { checkStorable } from '../values/codec.ts';
import { copyValue, EvaluationError, isList, isMap, typeName, type Value, type ValueMap } from '../values/value.ts';
import { type Key, mismatch } from './access.ts';

/** Returns a key as a string. */
export function mapKey(key: Key, subject: Subject): string {
  const value = typeof key === 'function' ? key(subject) : key;
  return typeof value === 'string' ? value : mismatch('a string as the key of a map', value);
}

/** Returns a key as an index into a list. */
export function listIndex(key: Key, length: number, subject: Subject): number {
  const value = typeof key === 'function' ? key(subject) : key;
  if (typeof value !== 'bigint') mismatch('an integer as the index of a list', value);
  if (value < 0n || value >= BigInt(length))
    throw new EvaluationError(`expected an index below ${length}, got ${value}`);
  return Number(value);
}

/** Looks up keys in a telemetry value. A missing map key yields nil. */
export function getByKeys(value: Value, keys: readonly Key[], from: number, subject: Subject): Value {
  let current = value;
  for (let i = from; i < keys.length; i++) {
    const key = keys[i] as Key;
    if (isMap(current)) {
      const name = mapKey(key, subject);
      if (!current.has(name)) return undefined;
      current = current.get(name);
    } else if (isList(current)) {
      current = current[listIndex(key, current.length, subject)];
    } else {
      throw new EvaluationError(`expected a map or list to index, got ${typeName(current)}`);
    }
  }
  return current;
}

/** Sets the value at a sequence of keys in a map, creating intermediate maps and lists. */
export function setByKeys(map: ValueMap, keys: readonly Key[], value: Value, subject: Subject): void {
  const name = mapKey(keys[0] as Key, subject);
  if (!map.has(name)) map.set(name, undefined);
  map.set(name, withValueAt(map.get(name), keys, 1, value, subject));
}

/** Sets the value at a sequence of keys in a list. */
export function setInList(list: Value[], keys: readonly Key[], value: Value, subject: Subject): void {
  const index = listIndex(keys[0] as Key, list.length, subject);
  list[index] = withValueAt(list[index], keys, 1, value, subject);
}

/** Returns `current` after setting the value at a sequence of keys in it. Maps and lists are modified in place. */
function withValueAt(current: Value, keys: readonly Key[], from: number, value: Value, subject: Subject): Value {
  if (from === keys.length) return storable(value);
  const key = keys[from] as Key;
  if (isMap(current)) {
    const name = mapKey(key, subject);
    if (!current.has(name)) current.set(name, undefined);
    current.set(name, withValueAt(current.get(name), keys, from + 1, value, subject));
    return current;
  }
  if (isList(current)) {
    const index = listIndex(key, current.length, subject);
    current[index] = withValueAt(current[index], keys, from + 1, value, subject);
    return current;
  }
  if (current !== undefined) throw new EvaluationError(`expected a map or list to index, got ${typeName(current)}`);
  return createAt(typeof key === 'function' ? key(subject) : key, keys, from, value, subject);
}

/** Creates the map or list implied by a key into an empty value. */
function createAt(key: Value, keys: readonly Key[], from: number, value: Value, subject: Subject): Value {
  if (typeof key === 'string') {
    const map: ValueMap = new Map();
    map.set(key, withValueAt(undefined, keys, from + 1, value, subject));
    return map;
  }
  if (typeof key !== 'bigint') mismatch('a string or an integer as key', key);
  if (key > MAX_CREATED) throw new EvaluationError(`expected an index of at most ${MAX_CREATED}, got ${key}`);
  const list: Value[] = Array.from({ length: Math.max(0, Number(key)) }, () => undefined);
  list.push(withValueAt(undefined, keys, from + 1, value, subject));
  return list;
}

/** Maximum index for which a list is created, which bounds the memory that telemetry can make a statement use. */
const MAX_CREATED = 10_000n;

/** Returns a copy of a value for storage in telemetry, or throws if telemetry cannot contain it. */
export function storable(value: Value): Value {
  checkStorable(value);
  return copyValue(value);
}

/** Applies keys to a converter's result. Unlike in telemetry, a missing key is an error. */
export function indexResult(value: Value, keys: readonly Key[], subject: Subject): Value {
  let current = value;
  for (const key of keys) {
    const evaluated = typeof key === 'function' ? key(subject) : key;
    if (typeof evaluated === 'string') {
      if (!isMap(current)) throw new EvaluationError(`expected a map to index by a string, got ${typeName(current)}`);
      if (!current.has(evaluated)) throw new EvaluationError(`expected the key "${evaluated}" in the map`);
      current = current.get(evaluated);
    } else if (typeof evaluated === 'bigint') {
      current = elementAt(current, evaluated, subject);
    } else {
      mismatch('a string or an integer as key', evaluated);
    }
  }
  return current;
}

function elementAt(value: Value, index: bigint, subject: Subject): Value {
  if (isList(value)) return value[listIndex(index, value.length, subject)];
  if (value instanceof Uint8Array) return BigInt(value[listIndex(index, value.length, subject)] as number);
  throw new EvaluationError(`expected a list to index by an integer, got ${typeName(value)}`);
}
