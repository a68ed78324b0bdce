import { EvaluationError, isList, isMap, typeName, type Value } from '../../ottl/values/value.ts';
import { BUILTINS } from './builtins.ts';
import { order } from './operations.ts';
import type { Evaluate, Scope } from './scope.ts';

/** Evaluates a function of a list whose arguments after the list are evaluated for its elements. */
type PredicateFunction = (list: Value, scope: Scope, args: readonly Evaluate[]) => Value;

/** The functions of expr-lang that take a predicate. */
export const PREDICATE_FUNCTIONS: Readonly<Record<string, PredicateFunction>> = {
  all: (list, scope, args) => elements(list).every((...at) => holds(args, scope, at)),
  any: (list, scope, args) => elements(list).some((...at) => holds(args, scope, at)),
  none: (list, scope, args) => !elements(list).some((...at) => holds(args, scope, at)),
  one: (list, scope, args) => elements(list).filter((...at) => holds(args, scope, at)).length === 1,
  count: (list, scope, args) => BigInt(elements(list).filter((...at) => holds(args, scope, at)).length),
  filter: (list, scope, args) => elements(list).filter((...at) => holds(args, scope, at)),
  map: (list, scope, args) => elements(list).map((...at) => valueAt(args, scope, at)),
  find: (list, scope, args) => elements(list).find((...at) => holds(args, scope, at)),
  findLast: (list, scope, args) => elements(list).findLast((...at) => holds(args, scope, at)),
  findIndex: (list, scope, args) => BigInt(elements(list).findIndex((...at) => holds(args, scope, at))),
  findLastIndex: (list, scope, args) => BigInt(elements(list).findLastIndex((...at) => holds(args, scope, at))),
  sum: (list, scope, args) => {
    const add = BUILTINS['sum'] as (list: Value) => Value;
    return add(elements(list).map((...at) => valueAt(args, scope, at)));
  },
  groupBy: (list, scope, args) => {
    const groups = new Map<string, Value[]>();
    for (const [index, value] of elements(list).entries()) {
      const key = String(valueAt(args, scope, [value, index]));
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [value]);
      else group.push(value);
    }
    return groups;
  },
  sortBy: (list, scope, args) => {
    const isDescending = args[1]?.(scope) === 'desc';
    return elements(list)
      .map((value, index) => ({ value, key: valueAt(args, scope, [value, index]) }))
      .sort((a, b) => (isDescending ? order(b.key, a.key) : order(a.key, b.key)))
      .map(({ value }) => value);
  },
  reduce: (list, scope, args) => {
    const [reducer, initial] = args;
    const values = elements(list);
    if (reducer === undefined) return undefined;
    let accumulator = initial === undefined ? values[0] : initial(scope);
    for (let index = initial === undefined ? 1 : 0; index < values.length; index++)
      accumulator = reducer({ ...scope, element: values[index], index, accumulator });
    return accumulator;
  },
};

type At = readonly [value: Value, index: number, ...rest: unknown[]];

function valueAt([predicate]: readonly Evaluate[], scope: Scope, [element, index]: At): Value {
  return predicate === undefined ? element : predicate({ ...scope, element, index });
}

function holds(args: readonly Evaluate[], scope: Scope, at: At): boolean {
  const result = valueAt(args, scope, at);
  if (typeof result === 'boolean') return result;
  throw new EvaluationError(`expected a boolean from a predicate, got ${typeName(result)}`);
}

function elements(list: Value): readonly Value[] {
  if (isList(list)) return list;
  if (isMap(list)) return [...list.values()];
  throw new EvaluationError(`expected a list, got ${typeName(list)}`);
}
