import { EvaluationError, isList, isMap, typeName, type Value } from '../../ottl/values/value.ts';

/** Returns a member of a map, list or string; nil for a missing key. Throws an `EvaluationError` as expr-lang does. */
export function memberOf(object: Value, key: Value): Value {
  if (isMap(object)) {
    if (typeof key === 'string') return object.get(key);
    throw new EvaluationError(`expected a string as key of a map, got ${typeName(key)}`);
  }
  if (isList(object) || typeof object === 'string') {
    const { length } = object;
    const index = indexOf(key);
    const at = index < 0 ? length + index : index;
    if (at >= 0 && at < length) return isList(object) ? object[at] : BigInt(object.charCodeAt(at));
    throw new EvaluationError(`index out of range: ${index} (length is ${length})`);
  }
  throw new EvaluationError(`cannot fetch ${String(key)} from ${typeName(object)}`);
}

/** Returns a part of a list or string. Negative positions count from the end. */
export function sliceOf(object: Value, from: Value, to: Value): Value {
  if (!isList(object) && typeof object !== 'string')
    throw new EvaluationError(`cannot slice a value of type ${typeName(object)}`);
  const start = from === undefined ? 0 : indexOf(from);
  const end = to === undefined ? object.length : indexOf(to);
  return object.slice(start, end);
}

function indexOf(value: Value): number {
  if (typeof value === 'bigint' || typeof value === 'number') return Math.trunc(Number(value));
  throw new EvaluationError(`expected an integer as index, got ${typeName(value)}`);
}
