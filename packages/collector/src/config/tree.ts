import type { Position } from './config-error.ts';

/** A parsed configuration in which every value has a position. */
export type Tree = MapTree | ListTree | ScalarTree;

/** A mapping, with the positions of its keys. */
export interface MapTree {
  readonly kind: 'map';
  readonly at: Position;
  readonly entries: ReadonlyMap<string, Tree>;
  readonly keyPositions: ReadonlyMap<string, Position>;
}

/** A sequence. */
export interface ListTree {
  readonly kind: 'list';
  readonly at: Position;
  readonly items: readonly Tree[];
}

/** A single value. */
export interface ScalarTree {
  readonly kind: 'scalar';
  readonly at: Position;
  readonly value: string | number | boolean | null;
  /** The string value after expansion, which string fields use instead of a parsed number. */
  readonly text?: string;
  /** A number as it was written, which shows digits that the value cannot hold, and whether it is an integer. */
  readonly source?: string;
  /** The reference that was expanded, such as `${env:TOKEN}`. Messages show it instead of the value. */
  readonly reference?: string;
}

/** Maximum nesting of a configuration. Tree functions recurse once per level. */
export const MAX_DEPTH = 100;

/** The error for a configuration that is nested too deeply. */
export const TOO_DEEP = `expected at most ${MAX_DEPTH} levels of nesting, got more`;

/** Returns an empty mapping. */
export function emptyMap(at: Position): MapTree {
  return { kind: 'map', at, entries: new Map(), keyPositions: new Map() };
}

/** Reports whether a value is missing: `key:` without a value. */
export function isEmptyValue(tree: Tree): tree is ScalarTree {
  return tree.kind === 'scalar' && tree.value === null;
}

/** Merges `over` into `under` as the Collector does: mappings merge deeply, other values are replaced. */
export function mergeTrees(under: Tree, over: Tree): Tree {
  if (under.kind !== 'map' || over.kind !== 'map') {
    // An empty mapping in a later file (`otlp:`) keeps the values of an earlier file.
    const isEmpty = under.kind === 'map' && over.kind === 'scalar' && over.value === null;
    return isEmpty ? under : over;
  }
  const entries = new Map(under.entries);
  const keyPositions = new Map(under.keyPositions);
  for (const [key, value] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below === undefined ? value : mergeTrees(below, value));
    keyPositions.set(key, over.keyPositions.get(key) ?? over.at);
  }
  return { kind: 'map', at: under.at, entries, keyPositions };
}

/** Returns a copy of the tree with all values at one position. `reference` is the reference that it replaces. */
export function moveTree(tree: Tree, at: Position, reference?: string): Tree {
  if (tree.kind === 'scalar') return reference === undefined ? { ...tree, at } : { ...tree, at, reference };
  if (tree.kind === 'list') return { ...tree, at, items: tree.items.map((item) => moveTree(item, at, reference)) };
  return {
    kind: 'map',
    at,
    entries: new Map([...tree.entries].map(([key, value]) => [key, moveTree(value, at, reference)])),
    keyPositions: new Map([...tree.entries.keys()].map((key) => [key, at])),
  };
}

/** Reports whether a value is missing or an empty list or mapping. */
export function isEmptyTree(tree: Tree): boolean {
  if (tree.kind === 'scalar') return tree.value === null;
  return tree.kind === 'list' ? tree.items.length === 0 : tree.entries.size === 0;
}

/** Converts a tree to plain values. */
export function plainValue(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plainValue);
  return Object.fromEntries([...tree.entries].map(([key, value]) => [key, plainValue(value)]));
}

/** Returns the position of the innermost existing value on a path: that of the last key, or of an enclosing value. */
export function positionOf(tree: Tree, path: readonly (string | number)[], outer: Position): Position {
  const [key, ...rest] = path;
  if (key === undefined) return outer;
  if (tree.kind === 'list' && typeof key === 'number') {
    const item = tree.items[key];
    return item === undefined ? outer : positionOf(item, rest, item.at);
  }
  if (tree.kind !== 'map') return outer;
  const value = tree.entries.get(String(key));
  return value === undefined ? outer : positionOf(value, rest, tree.keyPositions.get(String(key)) ?? value.at);
}
