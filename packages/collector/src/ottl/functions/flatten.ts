import { defineFunction, type FunctionDefinition } from '../compile/function.ts';
import { literalBoolean, literalInteger, literalText, mapTarget, optional } from '../compile/parameters.ts';
import { copyValue, EvaluationError, isList, isMap, type Value, type ValueMap } from '../values/value.ts';

/** The editor `flatten`. */
export const FLATTEN: readonly FunctionDefinition[] = [
  defineFunction(
    'flatten',
    {
      target: mapTarget(),
      prefix: optional(literalText()),
      depth: optional(literalInteger()),
      resolveConflicts: optional(literalBoolean()),
    },
    ({ target, prefix = '', depth, resolveConflicts = false }) => {
      if (depth !== undefined && depth < 1n) throw new EvaluationError(`expected a depth of at least 1, got ${depth}`);
      return (subject) => {
        const flattening = new Flattening(resolveConflicts, depth === undefined ? Infinity : Number(depth));
        flattening.map(target.get(subject), prefix, 0);
        target.set(subject, flattening.result);
        return undefined;
      };
    },
  ),
];

/** Moves the entries of nested maps and lists into a single map. */
class Flattening {
  readonly result: ValueMap = new Map();
  /** The next suffix for each conflicting key. */
  readonly #suffixes = new Map<string, number>();
  readonly #resolveConflicts: boolean;
  readonly #maxDepth: number;

  constructor(resolveConflicts: boolean, maxDepth: number) {
    this.#resolveConflicts = resolveConflicts;
    this.#maxDepth = maxDepth;
  }

  map(map: ValueMap, prefix: string, depth: number): void {
    const start = prefix === '' ? '' : `${prefix}.`;
    for (const [key, value] of map) this.#value(start + key, value, depth);
  }

  #value(key: string, value: Value, depth: number): void {
    if (isMap(value) && depth < this.#maxDepth) this.map(value, key, depth + 1);
    else if (isList(value) && depth < this.#maxDepth) this.#list(key, value, depth);
    else this.#put(key, value, key);
  }

  #list(key: string, list: readonly Value[], depth: number): void {
    for (const [index, element] of list.entries()) {
      const elementKey = `${key}.${index}`;
      if (isMap(element) && depth + 1 < this.#maxDepth) this.map(element, elementKey, depth + 2);
      else if (isList(element) && depth + 1 < this.#maxDepth) this.#nestedList(elementKey, element, depth + 2);
      else this.#put(elementKey, element, key);
    }
  }

  /** As in the Collector, the indices of a list nested in a list are joined without a dot. */
  #nestedList(prefix: string, list: readonly Value[], depth: number): void {
    for (const [index, element] of list.entries()) this.#value(`${prefix}${index}`, element, depth + 1);
  }

  /** Stores an entry under `key` or, if that is taken, under the first free variant of `conflictKey`. */
  #put(key: string, value: Value, conflictKey: string): void {
    if (!this.#resolveConflicts) {
      this.result.set(key, copyValue(value));
      return;
    }
    if (!this.result.has(conflictKey)) {
      this.#suffixes.set(conflictKey, 0);
      this.result.set(conflictKey, copyValue(value));
      return;
    }
    const suffix = this.#suffixes.get(conflictKey) ?? 0;
    this.#suffixes.set(conflictKey, suffix + 1);
    this.result.set(`${conflictKey}.${suffix}`, copyValue(value));
  }
}
