import { EvaluationError, isMap, type Value, type ValueMap } from '../../ottl/values/value.ts';
import type { Entry } from './entry.ts';
import { splitField } from './field-syntax.ts';

/** The parts of an entry that a field can begin with. */
export type FieldRoot = 'body' | 'attributes' | 'resource';

/** Returned by `Field.get` and `Field.remove` for a field that the entry does not have, unlike one that is nil. */
export const MISSING = Symbol('missing');

/** A place in an entry, such as `attributes["a.b"]`. */
export class Field {
  readonly root: FieldRoot;
  readonly keys: readonly string[];

  constructor(root: FieldRoot, keys: readonly string[] = []) {
    this.root = root;
    this.keys = keys;
  }

  /** Returns the value of the field, or `MISSING`. */
  get(entry: Entry): Value | typeof MISSING {
    const { keys } = this;
    let value: Value = entry[this.root];
    if (this.root !== 'body' && value === undefined) return MISSING;
    for (let index = 0; index < keys.length; index++) {
      if (!isMap(value)) return MISSING;
      const key = keys[index] as string;
      const next: Value = value.get(key);
      if (next === undefined && !value.has(key)) return MISSING;
      value = next;
    }
    return value;
  }

  /** Sets the field. A map is merged into an existing one, as in the Collector. Throws an `EvaluationError`. */
  set(entry: Entry, value: Value): void {
    const { keys } = this;
    if (isMap(value)) {
      const target = this.#mapAt(entry, keys.length);
      for (const [key, member] of value) target.set(key, member);
    } else if (keys.length > 0) {
      this.#mapAt(entry, keys.length - 1).set(keys[keys.length - 1] as string, value);
    } else if (this.root === 'body') {
      entry.body = value;
    } else {
      throw new EvaluationError(`${this.root}: expected a map, got another value`);
    }
  }

  /** Removes the field and returns its value, or `MISSING`. */
  remove(entry: Entry): Value | typeof MISSING {
    const { keys } = this;
    if (keys.length === 0) {
      const value = entry[this.root];
      if (this.root !== 'body' && value === undefined) return MISSING;
      entry[this.root] = undefined;
      return value;
    }
    let map: Value = entry[this.root];
    for (let index = 0; index < keys.length - 1; index++) {
      if (!isMap(map)) return MISSING;
      map = map.get(keys[index] as string);
    }
    const last = keys[keys.length - 1] as string;
    if (!isMap(map) || !map.has(last)) return MISSING;
    const value = map.get(last);
    map.delete(last);
    return value;
  }

  /** Returns the field that contains this one; a root contains itself. */
  parent(): Field {
    return new Field(this.root, this.keys.slice(0, -1));
  }

  /** Returns the field of a key in this one. */
  child(key: string): Field {
    return new Field(this.root, [...this.keys, key]);
  }

  /** Returns the field as it is written in configurations. */
  toString(): string {
    const { root, keys } = this;
    if (keys.some((key) => key.includes('.'))) return `${root}${keys.map((key) => `["${key}"]`).join('')}`;
    return [root, ...keys].join('.');
  }

  /** Returns the map that the first `depth` keys lead to, which replaces what is not a map. */
  #mapAt(entry: Entry, depth: number): ValueMap {
    const top = entry[this.root];
    let map: ValueMap;
    if (isMap(top)) {
      map = top;
    } else {
      map = new Map();
      entry[this.root] = map;
    }
    for (let index = 0; index < depth; index++) {
      const key = this.keys[index] as string;
      const next = map.get(key);
      if (isMap(next)) {
        map = next;
      } else {
        const created: ValueMap = new Map();
        map.set(key, created);
        map = created;
      }
    }
    return map;
  }
}

/**
 * Parses a field such as `body`, `attributes.key` or `resource["a.b"]`. `attributes` and `resource` alone are allowed if
 * `allowsRoot` is set. Throws an `EvaluationError`.
 */
export function parseField(text: string, allowsRoot = false): Field {
  const [root = '', ...keys] = splitField(text);
  if (root !== 'body' && root !== 'attributes' && root !== 'resource')
    throw new EvaluationError(`expected a field that begins with body, attributes or resource, got "${text}"`);
  if (keys.length === 0 && root !== 'body' && !allowsRoot)
    throw new EvaluationError(`expected a key after ${root}, such as ${root}.key, got "${text}"`);
  return new Field(root, keys);
}
