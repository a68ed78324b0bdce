import { defineFunction, type FunctionDefinition } from '../compile/function.ts';
import { any, list, listOf, literalText, map, optional } from '../compile/parameters.ts';
import { expectList } from '../contexts/access.ts';
import { areEqual, orderOfTexts } from '../values/compare.ts';
import { attributeText } from '../values/text.ts';
import { copyValue, EvaluationError, isList, isMap, typeName, type Value, type ValueMap } from '../values/value.ts';

/** Converters for lists and maps. */
export const LISTS: readonly FunctionDefinition[] = [
  defineFunction('ContainsValue', { target: list(), item: any() }, ({ target, item }) => (subject) => {
    const elements = target(subject);
    const wanted = item(subject);
    return elements.some((element) => areEqual(element, wanted));
  }),
  defineFunction('Index', { target: any(), value: any() }, ({ target, value }) => (subject) => {
    const container = target(subject);
    const wanted = value(subject);
    if (typeof container !== 'string')
      return BigInt(expectList(container).findIndex((element) => areEqual(element, wanted)));
    if (typeof wanted !== 'string') throw new EvaluationError(`expected a string to find, got ${typeName(wanted)}`);
    const index = container.indexOf(wanted);
    return BigInt(index < 0 ? index : Buffer.byteLength(container.slice(0, index)));
  }),
  defineFunction('Keys', { target: map() }, ({ target }) => (subject) => [...target(subject).keys()]),
  defineFunction(
    'Values',
    { target: map() },
    ({ target }) =>
      (subject) =>
        [...target(subject).values()].map(copyValue),
  ),
  defineFunction('Sort', { target: any(), order: optional(literalText()) }, ({ target, order = 'asc' }) => {
    if (order !== 'asc' && order !== 'desc')
      throw new EvaluationError(`expected the order "asc" or "desc", got "${order}"`);
    return (subject) => {
      const elements = target(subject);
      if (!isList(elements)) throw new EvaluationError(`expected a list, got ${typeName(elements)}`);
      return sort(elements, order === 'desc');
    };
  }),
  defineFunction(
    'SliceToMap',
    { target: list(), keyPath: optional(listOf(literalText())), valuePath: optional(listOf(literalText())) },
    ({ target, keyPath, valuePath }) =>
      (subject) => {
        const result: ValueMap = new Map();
        for (const [index, element] of target(subject).entries()) {
          const key = keyPath === undefined ? String(index) : valueAt(element, keyPath);
          if (typeof key !== 'string')
            throw new EvaluationError(`expected a string as key of element ${index}, got ${typeName(key)}`);
          result.set(key, copyValue(valuePath === undefined ? element : valueAt(element, valuePath)));
        }
        return result;
      },
  ),
];

function valueAt(element: Value, path: readonly string[]): Value {
  let value = element;
  if (path.length === 0) throw new EvaluationError('expected at least one key');
  for (const key of path) {
    if (!isMap(value) || !value.has(key)) throw new EvaluationError(`expected the path "${path.join('.')}" in a map`);
    value = value.get(key);
  }
  return value;
}

/** Sorts numbers by value and mixed primitives by their string form. Lists with other values are left unchanged. */
function sort(elements: readonly Value[], descending: boolean): Value[] {
  const order = orderFor(elements);
  if (order === undefined) return [...elements];
  // Boxed, because `sort` puts `undefined` last.
  return elements
    .map((value) => ({ value }))
    .sort((left, right) => (descending ? order(right.value, left.value) : order(left.value, right.value)))
    .map(({ value }) => value);
}

function orderFor(elements: readonly Value[]): ((left: Value, right: Value) => number) | undefined {
  const types = new Set(elements.map((element) => typeof element));
  if (types.has('object')) return undefined;
  if (types.has('string') || types.has('boolean') || types.has('undefined'))
    return (left, right) => orderOfTexts(attributeText(left), attributeText(right));
  return types.has('number')
    ? orderOfFloats
    : (left, right) => Number((left ?? 0) > (right ?? 0)) - Number((left ?? 0) < (right ?? 0));
}

/** Compares floats like Go's `cmp.Compare`: NaN comes first. */
function orderOfFloats(left: Value, right: Value): number {
  const a = Number(left);
  const b = Number(right);
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a < b ? -1 : Number(a > b);
}
