import type { z } from 'zod';
import { formatPath, type Problem } from './config-error.ts';
import { describeIssue } from './issues.ts';
import { fieldsByUserName, innerSchema, metaOf, toSnakeCase } from './names.ts';
import { formatList, suggestion } from './nearest.ts';
import { emptyMap, type MapTree, type ScalarTree, type Tree } from './tree.ts';

/** What a schema makes of a tree: the configuration as code reads it, or everything that is wrong with it. */
export type Applied<T> =
  | { readonly ok: true; readonly value: T; readonly errors: readonly Problem[] }
  | { readonly ok: false; readonly errors: readonly Problem[] };

/**
 * Validates a tree against a schema whose keys are camelCase while the tree's are snake_case. `path` is where the tree
 * stands in the whole configuration. Keys of records (header names, say) stay as they are.
 */
export function applySchema<S extends z.ZodType>(schema: S, tree: Tree, path: Path): Applied<z.output<S>> {
  const reader = new TreeReader();
  const input = reader.read(schema, tree, { user: path, code: [], secret: false });
  const result = schema.safeParse(input, { reportInput: true });
  const errors = [...reader.errors, ...(result.error?.issues ?? []).flatMap((issue) => reader.explain(issue))];
  if (result.success && errors.length === 0) return { ok: true, value: result.data, errors };
  return { ok: false, errors };
}

type Path = readonly (string | number)[];

/** Where a part of the tree stands: for the user, and in what is handed to the schema. */
interface Place {
  readonly user: Path;
  readonly code: Path;
  readonly secret: boolean;
}

class TreeReader {
  readonly errors: Problem[] = [];
  readonly #places = new Map<string, { readonly place: Place; readonly tree: Tree }>();

  /** The tree as plain values with the schema's keys. What does not fit is left as it is, for the schema to complain. */
  read(schema: z.core.$ZodType, tree: Tree, outer: Place): unknown {
    const place = outer.secret || metaOf(schema, 'secret') !== true ? outer : { ...outer, secret: true };
    this.#places.set(JSON.stringify(place.code), { place, tree });
    const inner = innerSchema(schema);
    switch (inner._zod.def.type) {
      case 'object':
        return this.#readObject(inner as z.core.$ZodObject, tree, place);
      case 'union':
        return this.#readUnion(inner as z.core.$ZodUnion, tree, place);
      case 'record':
        return this.#readRecord((inner as z.core.$ZodRecord)._zod.def.valueType, tree, place);
      case 'array':
        return this.#readList(() => (inner as z.core.$ZodArray)._zod.def.element, tree, place);
      case 'tuple': {
        const { items } = (inner as z.core.$ZodTuple)._zod.def;
        return this.#readList((index) => items[index], tree, place);
      }
      case 'string':
        return tree.kind === 'scalar' && tree.value !== null ? (tree.text ?? tree.value) : this.#plain(tree, place);
      default:
        return this.#plain(tree, place);
    }
  }

  /** Says what a schema's complaint means to the user. */
  explain(issue: z.core.$ZodIssue): Problem[] {
    const path = issue.path as Path;
    const exact = this.#places.get(JSON.stringify(path));
    if (exact) {
      const words = describeIssue(issue, exact.tree, exact.place.secret);
      return [errorAt(exact.tree.at, exact.place.user, words)];
    }
    // Nothing is written there: the place is the innermost part that is.
    for (let length = path.length - 1; length >= 0; length--) {
      const above = this.#places.get(JSON.stringify(path.slice(0, length)));
      if (!above) continue;
      const missing = path.slice(length).map((key) => (typeof key === 'string' ? toSnakeCase(key) : key));
      return [errorAt(above.tree.at, [...above.place.user, ...missing], describeIssue(issue, undefined, false))];
    }
    throw new Error(`a schema complained outside of its own input: ${issue.message}`);
  }

  #readObject(schema: z.core.$ZodObject, tree: Tree, place: Place): unknown {
    const map = isEmpty(tree) ? emptyMap(tree.at) : tree;
    if (map.kind !== 'map') return this.#plain(tree, place);
    const fields = fieldsByUserName(schema);
    const result: Record<string, unknown> = {};
    for (const [name, value] of map.entries) {
      const field = fields.get(name);
      if (field) {
        const read = this.read(field.schema, value, below(place, name, field.key));
        if (read !== undefined) setOwn(result, field.key, read);
      } else if (schema._zod.def.catchall) {
        setOwn(result, name, this.#plain(value, below(place, name, name)));
      } else {
        this.#unknownField(name, map, place, [...fields.keys()]);
      }
    }
    return result;
  }

  #readRecord(values: z.core.$ZodType, tree: Tree, place: Place): unknown {
    const map = isEmpty(tree) ? emptyMap(tree.at) : tree;
    if (map.kind !== 'map') return this.#plain(tree, place);
    const result: Record<string, unknown> = {};
    for (const [name, value] of map.entries) setOwn(result, name, this.read(values, value, below(place, name, name)));
    return result;
  }

  #readList(element: (index: number) => z.core.$ZodType | undefined, tree: Tree, place: Place): unknown {
    if (tree.kind !== 'list') return this.#plain(tree, place);
    return tree.items.map((item, index) => {
      const schema = element(index);
      const inside = below(place, index, index);
      return schema ? this.read(schema, item, inside) : this.#plain(item, inside);
    });
  }

  /** Of several shapes, the one that this tree looks most like. */
  #readUnion(schema: z.core.$ZodUnion, tree: Tree, place: Place): unknown {
    const options = schema._zod.def.options.map(innerSchema);
    if (tree.kind === 'map') {
      const shapes = options.filter((option) => option._zod.def.type === 'object') as z.core.$ZodObject[];
      const fits = (option: z.core.$ZodObject) =>
        [...tree.entries.keys()].filter((key) => fieldsByUserName(option).has(key)).length;
      const best = shapes.reduce<z.core.$ZodObject | undefined>(
        (found, option) => (found === undefined || fits(option) > fits(found) ? option : found),
        undefined,
      );
      const record = options.find((option) => option._zod.def.type === 'record');
      if (best ?? record) return this.read(best ?? (record as z.core.$ZodType), tree, place);
    }
    const list = options.find((option) => option._zod.def.type === 'array');
    if (tree.kind === 'list' && list) return this.read(list, tree, place);
    return this.#plain(tree, place);
  }

  #plain(tree: Tree, place: Place): unknown {
    this.#places.set(JSON.stringify(place.code), { place, tree });
    if (tree.kind === 'scalar') return tree.value ?? undefined;
    if (tree.kind === 'list') return tree.items.map((item, index) => this.#plain(item, below(place, index, index)));
    const result: Record<string, unknown> = {};
    for (const [name, value] of tree.entries) setOwn(result, name, this.#plain(value, below(place, name, name)));
    return result;
  }

  #unknownField(name: string, map: MapTree, place: Place, names: readonly string[]): void {
    const choice =
      names.length === 0 ? 'nothing here' : names.length <= 12 ? `one of ${formatList(names)}` : 'a known field';
    const words = `expected ${choice}, got "${name}"${suggestion(name, names)}`;
    this.errors.push(errorAt(map.keyPositions.get(name) ?? map.at, [...place.user, name], words));
  }
}

function below(place: Place, name: string | number, key: string | number): Place {
  const secret = place.secret || (typeof name === 'string' && SECRET_NAMES.test(name));
  return { user: [...place.user, name], code: [...place.code, key], secret };
}

/** What is called like this is never shown, whatever a component's author forgot. */
const SECRET_NAMES = /passw|secret|token|api_?key|authorization|credential|cookie|htpasswd|key_pem|^headers$/i;

function isEmpty(tree: Tree): tree is ScalarTree {
  return tree.kind === 'scalar' && tree.value === null;
}

/** Sets a key that may be called `__proto__`. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function errorAt(position: Problem['position'], path: Path, message: string): Problem {
  return { severity: 'error', position, path: formatPath(path), message };
}
