import { type Document, isAlias, isMap, isScalar, isSeq, visit, type Node as YamlNode } from 'yaml';
import { type Diagnostic, formatPath, type Position } from '../config-error.ts';
import { emptyMap, MAX_DEPTH, type MapTree, mergeTrees, type ScalarTree, TOO_DEEP, type Tree } from '../tree.ts';
import type { ParsedSection, Point } from './sections.ts';

/** Maximum number of nodes after alias expansion, which can grow exponentially. */
const MAX_NODES = 300_000;

/** Converts the parsed sections of a source to trees. Later sections can refer to anchors in earlier ones. */
export class YamlReader {
  readonly errors: Diagnostic[] = [];
  readonly #source: string;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #targets = new Map<YamlNode, YamlNode>();
  #locate: (offset: number) => Point = () => ({ line: 1, column: 1 });
  #nodes = 0;
  /** The path of the current node. */
  readonly #path: string[] = [];
  #depth = 0;
  /** Anchored nodes that are being expanded. */
  readonly #expanding = new Set<YamlNode>();
  /** Whether an error has stopped the reader. */
  #stopped = false;

  constructor(source: string) {
    this.#source = source;
  }

  /** Returns the tree of a section. */
  read({ document, locate }: ParsedSection): Tree {
    this.#locate = locate;
    this.#findAliasTargets(document);
    return this.#read(document.contents, { source: this.#source, line: 1, column: 1 });
  }

  /** Joins the sections' trees into the document's tree. */
  join(trees: readonly MapTree[]): MapTree {
    const entries = new Map<string, Tree>();
    const keyPositions = new Map<string, Position>();
    for (const tree of trees) {
      for (const [key, value] of tree.entries) {
        this.#path.push(key);
        this.#add(key, value, tree.keyPositions.get(key) ?? tree.at, { entries, keyPositions });
        this.#path.pop();
      }
    }
    return { ...emptyMap(trees[0]?.at ?? { source: this.#source, line: 1, column: 1 }), entries, keyPositions };
  }

  /** Finds the target of each alias: the last preceding node with its anchor. */
  #findAliasTargets(document: Document): void {
    visit(document, {
      Node: (_key, node) => {
        if (isAlias(node)) {
          const target = this.#anchors.get(node.source);
          if (target) this.#targets.set(node, target);
        } else if (node.anchor !== undefined) {
          this.#anchors.set(node.anchor, node);
        }
      },
    });
  }

  #read(node: YamlNode | null | undefined, fallback: Position): Tree {
    const at = this.#position(node, fallback);
    this.#nodes += 1;
    if (this.#stopped) return { kind: 'scalar', at, value: null };
    if (this.#nodes > MAX_NODES) {
      return this.#stop(at, 'expected a configuration of reasonable size, got aliases that expand without end');
    }
    if (this.#depth >= MAX_DEPTH) return this.#stop(at, TOO_DEEP);
    this.#depth += 1;
    const tree = this.#readNode(node, at);
    this.#depth -= 1;
    return tree;
  }

  #readNode(node: YamlNode | null | undefined, at: Position): Tree {
    if (isAlias(node)) {
      const target = this.#targets.get(node);
      if (target === undefined) {
        this.#error(at, `expected an alias of an anchor above it, got "*${node.source}"`);
        return { kind: 'scalar', at, value: null };
      }
      if (!this.#expanding.has(target)) return this.#read(target, at);
      return this.#stop(at, `expected an alias of something else, got *${node.source}, which contains itself`);
    }
    if (node?.anchor === undefined) return this.#readContents(node, at);
    this.#expanding.add(node);
    const tree = this.#readContents(node, at);
    this.#expanding.delete(node);
    return tree;
  }

  #readContents(node: YamlNode | null | undefined, at: Position): Tree {
    if (isMap(node)) return this.#map(node.items, at);
    if (isSeq(node)) return { kind: 'list', at, items: node.items.map((item) => this.#read(item as YamlNode, at)) };
    const value = isScalar(node) ? node.value : null;
    if (typeof value === 'number' && isScalar(node) && node.source !== undefined)
      return { kind: 'scalar', at, value, source: node.source };
    return { kind: 'scalar', at, value: plainScalar(value) };
  }

  #map(pairs: readonly { key: unknown; value: unknown }[], at: Position): MapTree {
    const inherited: (readonly [key: string, tree: Tree, at: Position])[] = [];
    const entries = new Map<string, Tree>();
    const keyPositions = new Map<string, Position>();
    for (const { key, value } of pairs) {
      const keyAt = this.#position(key as YamlNode, at);
      if (!isScalar(key)) {
        this.#error(keyAt, 'expected a key that is a single word, got a list or mapping');
      } else if (key.value === '<<' || typeof key.value === 'symbol') {
        for (const [name, tree] of this.#merged(value as YamlNode, keyAt)) inherited.push([name, tree, keyAt]);
      } else {
        const name = String(key.value);
        this.#path.push(name);
        this.#add(name, this.#read(value as YamlNode, keyAt), keyAt, { entries, keyPositions });
        this.#path.pop();
      }
    }
    for (const [name, tree, keyAt] of inherited) {
      if (entries.has(name)) continue;
      entries.set(name, tree);
      keyPositions.set(name, keyAt);
    }
    return { kind: 'map', at, entries, keyPositions };
  }

  /** Adds an entry. A duplicate key is reported, but both values are kept so that errors in them are found. */
  #add(
    key: string,
    tree: Tree,
    at: Position,
    { entries, keyPositions }: { entries: Map<string, Tree>; keyPositions: Map<string, Position> },
  ): void {
    const earlier = entries.get(key);
    const line = keyPositions.get(key)?.line;
    if (line !== undefined) this.#error(at, `expected each key once, got "${key}" again after line ${line}`);
    entries.set(key, earlier === undefined ? tree : mergeTrees(earlier, tree));
    keyPositions.set(key, at);
  }

  /** Returns the entries of a merge key (`<<: *defaults`). */
  #merged(node: YamlNode, at: Position): ReadonlyMap<string, Tree> {
    const tree = this.#read(node, at);
    if (tree.kind === 'map') return tree.entries;
    const merged = new Map<string, Tree>();
    for (const item of tree.kind === 'list' ? tree.items : []) {
      if (item.kind !== 'map') continue;
      for (const [key, value] of item.entries) if (!merged.has(key)) merged.set(key, value);
    }
    return merged;
  }

  #position(node: YamlNode | null | undefined, fallback: Position): Position {
    const offset = node?.range?.[0];
    return offset === undefined ? fallback : { source: this.#source, ...this.#locate(offset) };
  }

  #stop(at: Position, message: string): Tree {
    if (!this.#stopped) this.#error(at, message);
    this.#stopped = true;
    return { kind: 'scalar', at, value: null };
  }

  #error(position: Position, message: string): void {
    this.errors.push({ severity: 'error', position, path: formatPath(this.#path), message });
  }
}

function plainScalar(value: unknown): ScalarTree['value'] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null || value === undefined) return null;
  return String(value);
}
