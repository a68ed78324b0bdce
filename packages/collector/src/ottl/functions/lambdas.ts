import { defineFunction, type FunctionDefinition, type Lambda } from '../compile/function.ts';
import { any, lambda, optional } from '../compile/parameters.ts';
import { storable } from '../contexts/indexing.ts';
import type { Subject } from '../record/subject.ts';
import { EvaluationError, isList, isMap, typeName, type Value, type ValueMap } from '../values/value.ts';

/** Converters that take a lambda. */
export const LAMBDAS: readonly FunctionDefinition[] = [
  defineFunction('All', { source: any(), predicate: lambda(2) }, ({ source, predicate }) => (subject) => {
    for (const [key, value] of elementsOf(source(subject))) if (!matches(predicate, subject, key, value)) return false;
    return true;
  }),
  defineFunction('Any', { source: any(), predicate: lambda(2) }, ({ source, predicate }) => (subject) => {
    for (const [key, value] of elementsOf(source(subject))) if (matches(predicate, subject, key, value)) return true;
    return false;
  }),
  defineFunction('Filter', { source: any(), predicate: lambda(2) }, ({ source, predicate }) => (subject) => {
    const container = source(subject);
    const kept = elementsOf(container).filter(([key, value]) => matches(predicate, subject, key, value));
    return collect(container, kept);
  }),
  defineFunction(
    'Find',
    { source: any(), predicate: lambda(2), mapper: optional(lambda(2)) },
    ({ source, predicate, mapper }) =>
      (subject) => {
        for (const [key, value] of elementsOf(source(subject)))
          if (matches(predicate, subject, key, value))
            return mapper === undefined ? value : mapper.call(subject, [key, value]);
        return undefined;
      },
  ),
  defineFunction('MapEach', { source: any(), mapper: lambda(2) }, ({ source, mapper }) => (subject) => {
    const container = source(subject);
    const mapped = elementsOf(container).map(([key, value]): [Value, Value] => [
      key,
      mapper.call(subject, [key, value]),
    ]);
    return collect(container, mapped);
  }),
  defineFunction('MapKeys', { source: any(), keyMapper: lambda(2) }, ({ source, keyMapper }) => (subject) => {
    const container = source(subject);
    if (!isMap(container)) throw new EvaluationError(`expected a map, got ${typeName(container)}`);
    const result: ValueMap = new Map();
    for (const [key, value] of container) {
      const mapped = keyMapper.call(subject, [key, value]);
      if (typeof mapped !== 'string') throw new EvaluationError(`expected a string as key, got ${typeName(mapped)}`);
      result.set(mapped, storable(value));
    }
    return result;
  }),
  defineFunction(
    'Reduce',
    { source: any(), seed: any(), accumulator: lambda(3) },
    ({ source, seed, accumulator }) =>
      (subject) => {
        let result = seed(subject);
        for (const [key, value] of elementsOf(source(subject)))
          result = accumulator.call(subject, [result, key, value]);
        return result;
      },
  ),
  defineFunction(
    'When',
    { condition: lambda(0), trueValue: any(), falseValue: any() },
    ({ condition, trueValue, falseValue }) =>
      (subject) =>
        booleanOf(condition.call(subject, [])) ? trueValue(subject) : falseValue(subject),
  ),
];

/** Returns the elements of a list with their indexes, or the values of a map with their keys. */
function elementsOf(container: Value): [Value, Value][] {
  if (isMap(container)) return [...container];
  if (isList(container)) return container.map((value, index) => [BigInt(index), value]);
  throw new EvaluationError(`expected a list or map, got ${typeName(container)}`);
}

/** Collects elements into a new container of the same type. */
function collect(container: Value, elements: readonly (readonly [Value, Value])[]): Value {
  if (isMap(container)) return new Map(elements.map(([key, value]) => [String(key), storable(value)]));
  return elements.map(([, value]) => storable(value));
}

function matches(predicate: Lambda, subject: Subject, key: Value, value: Value): boolean {
  return booleanOf(predicate.call(subject, [key, value]));
}

function booleanOf(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  throw new EvaluationError(`expected a boolean from the lambda, got ${typeName(value)}`);
}
