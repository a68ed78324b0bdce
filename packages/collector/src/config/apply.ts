import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { type Diagnostic, formatPath } from './config-error.ts';
import { describeIssue } from './issues.ts';
import { fieldsByUserName, innerSchema, metaOf, toSnakeCase } from './names.ts';
import { correctKeys, formatList, suggestion } from './nearest.ts';
import { emptyMap, isEmptyTree, isEmptyValue, type MapTree, plainValue, type Tree } from './tree.ts';

/** The result of applying a schema to a tree: the parsed value or all errors, with warnings in either case. */
export type Applied<T> =
  | { readonly ok: true; readonly value: T; readonly errors: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

/**
 * Validates a tree against a schema with camelCase keys, whereas the keys of the tree are snake_case. `path` is the
 * tree's path in the whole configuration. The keys of records, such as header names, are left unchanged.
 */
export function applySchema<S extends z.ZodType>(schema: S, tree: Tree, path: Path): Applied<z.output<S>> {
  const reader = new TreeReader();
  const input = reader.read(schema, tree, { user: path, code: [], secret: false, guessed: false });
  const result = schema.safeParse(input, { reportInput: true });
  const errors = [...reader.errors, ...(result.error?.issues ?? []).flatMap((issue) => reader.explain(issue))];
  if (result.success && errors.every(isWarning)) return { ok: true, value: result.data, errors };
  return { ok: false, errors };
}

type Path = readonly (string | number)[];

/** The path of a subtree, both in the configuration and in the schema's input. */
interface Place {
  readonly user: Path;
  readonly code: Path;
  readonly secret: boolean;
  /** Whether the key is misspelled, so that its field was guessed. */
  readonly guessed: boolean;
}

class TreeReader {
  readonly errors: Diagnostic[] = [];
  readonly #places = new Map<string, { readonly place: Place; readonly tree: Tree }>();

  /** Returns the tree as plain values under the schema's keys. Values that do not fit are left for the schema to report. */
  read(schema: z.core.$ZodType, tree: Tree, outer: Place): unknown {
    const place = outer.secret || metaOf(schema, 'secret') !== true ? outer : { ...outer, secret: true };
    this.#places.set(JSON.stringify(place.code), { place, tree });
    const noEffect = metaOf(schema, 'noEffect');
    if (
      typeof noEffect === 'string' &&
      !isEmptyTree(tree) &&
      !isDeepStrictEqual(plainValue(tree), metaOf(schema, 'effective'))
    )
      this.errors.push({ ...errorAt(tree.at, place.user, `no effect: ${noEffect}`), severity: 'warning' });
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

  /** Translates a schema issue into errors with positions. */
  explain(issue: z.core.$ZodIssue): Diagnostic[] {
    const path = issue.path as Path;
    const exact = this.#places.get(JSON.stringify(path));
    if (exact) {
      // The field name has already been reported.
      if (exact.place.guessed) return [];
      const message = describeIssue(issue, exact.tree, exact.place.secret);
      return [errorAt(exact.tree.at, exact.place.user, message)];
    }
    // The value is missing: report it at its innermost existing parent.
    for (let length = path.length - 1; length >= 0; length--) {
      const above = this.#places.get(JSON.stringify(path.slice(0, length)));
      if (!above) continue;
      const missing = path.slice(length).map((key) => (typeof key === 'string' ? toSnakeCase(key) : key));
      return [errorAt(above.tree.at, [...above.place.user, ...missing], describeIssue(issue, undefined, false))];
    }
    throw new Error(`expected an issue in the input of the schema, got ${issue.message}`);
  }

  #readObject(schema: z.core.$ZodObject, tree: Tree, place: Place): unknown {
    const map = isEmptyValue(tree) ? emptyMap(tree.at) : tree;
    if (map.kind !== 'map') return this.#plain(tree, place);
    const fields = fieldsByUserName(schema);
    const { catchall } = schema._zod.def;
    const corrected = catchall ? new Map<string, string>() : correctKeys(map.entries.keys(), [...fields.keys()]);
    const result: Record<string, unknown> = {};
    for (const [name, value] of map.entries) {
      const field = fields.get(name) ?? fields.get(corrected.get(name) ?? '');
      if (field) {
        const guessed = !fields.has(name);
        if (guessed) this.#unknownField(name, map, place, [...fields.keys()]);
        const read = this.read(field.schema, value, { ...below(place, name, field.key), guessed });
        if (read !== undefined) setOwn(result, field.key, read);
      } else if (catchall) {
        const read = this.read(catchall, value, below(place, name, name));
        if (read !== undefined) setOwn(result, name, read);
      } else {
        this.#unknownField(name, map, place, [...fields.keys()]);
      }
    }
    return result;
  }

  #readRecord(values: z.core.$ZodType, tree: Tree, place: Place): unknown {
    const map = isEmptyValue(tree) ? emptyMap(tree.at) : tree;
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

  /** Reads the tree using the union option that shares the most keys with it. */
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
    const lists = options.filter((option) => option._zod.def.type === 'array') as z.core.$ZodArray[];
    // A list of maps is read using the option whose elements are objects, so that their keys are translated.
    const hasMaps = tree.kind === 'list' && tree.items.some((item) => item.kind === 'map');
    const list =
      lists.find(({ _zod: { def } }) => hasMaps && innerSchema(def.element)._zod.def.type === 'object') ?? lists[0];
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
    const message = `expected ${choice}, got "${name}"${suggestion(name, names)}`;
    this.errors.push(errorAt(map.keyPositions.get(name) ?? map.at, [...place.user, name], message));
  }
}

function below(place: Place, name: string | number, key: string | number): Place {
  const secret = place.secret || (typeof name === 'string' && SECRET_NAMES.test(name));
  return { user: [...place.user, name], code: [...place.code, key], secret, guessed: false };
}

/** Names of fields whose values are never printed, even if the schema does not mark them as secret. */
export const SECRET_NAMES = /passw|secret|token|api_?key|authorization|credential|cookie|htpasswd|key_pem|^headers$/i;

/** Sets an own property, even one named `__proto__`. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function isWarning({ severity }: Diagnostic): boolean {
  return severity === 'warning';
}

function errorAt(position: Diagnostic['position'], path: Path, message: string): Diagnostic {
  return { severity: 'error', position, path: formatPath(path), message };
}
