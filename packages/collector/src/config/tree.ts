import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
  type Node as YamlNode,
} from 'yaml';
import type { Diagnostic, Position } from './config-error.ts';

/** A parsed configuration in which every value has its position. */
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
  /** The text after expansion of variables, used by fields of type text instead of a parsed number. */
  readonly text?: string;
  /** The reference that was expanded, such as `${env:TOKEN}`. Messages show it instead of the value. */
  readonly reference?: string;
}

/** Returns an empty mapping. */
export function emptyMap(at: Position): MapTree {
  return { kind: 'map', at, entries: new Map(), keyPositions: new Map() };
}

/** Parses a YAML document into a tree, or returns all syntax errors. */
export function parseYaml(source: string, text: string): { tree: Tree | undefined; errors: Diagnostic[] } {
  const lines = new LineCounter();
  // `YamlReader` detects duplicate keys: the parser would compare each key with all others.
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, uniqueKeys: false });
  const errors = document.errors.map((error): Diagnostic => {
    const position = { source, line: lines.linePos(error.pos[0]).line };
    // The parser reports a stack overflow as a syntax error.
    const isDeep = error.message.includes('call stack');
    const message = isDeep ? TOO_DEEP : `expected valid YAML: ${error.message}`;
    return { severity: 'error', position, path: '', message };
  });
  if (errors.length > 0) return { tree: undefined, errors };
  const targets = aliasTargets(document);
  const reader = new YamlReader(source, lines, (alias) => targets.get(alias));
  return { tree: reader.read(document.contents), errors: reader.errors };
}

/** Returns the target of each alias: the last node before it with its anchor. */
function aliasTargets(document: Document): ReadonlyMap<YamlNode, YamlNode> {
  const anchors = new Map<string, YamlNode>();
  const targets = new Map<YamlNode, YamlNode>();
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return targets;
}

/** Converts plain values to a tree, all at one position. */
export function plainTree(value: unknown, at: Position): Tree {
  if (Array.isArray(value)) return { kind: 'list', at, items: value.map((item) => plainTree(item, at)) };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return {
      kind: 'map',
      at,
      entries: new Map(entries.map(([key, item]) => [key, plainTree(item, at)])),
      keyPositions: new Map(entries.map(([key]) => [key, at])),
    };
  }
  return { kind: 'scalar', at, value: value as ScalarTree['value'] };
}

/** Maximum nesting of a configuration. Functions on trees recurse once per level. */
export const MAX_DEPTH = 100;

const TOO_DEEP = `expected at most ${MAX_DEPTH} levels of nesting, got more`;

/** Maximum number of nodes after the expansion of aliases, which can grow exponentially. */
const MAX_NODES = 300_000;

class YamlReader {
  readonly errors: Diagnostic[] = [];
  readonly #source: string;
  readonly #lines: LineCounter;
  readonly #resolve: (alias: YamlNode) => YamlNode | undefined;
  #nodes = 0;
  #depth = 0;
  /** Nodes with an anchor that are being expanded. */
  readonly #expanding = new Set<YamlNode>();
  /** Whether an error stopped the reader. */
  #stopped = false;

  constructor(source: string, lines: LineCounter, resolve: (alias: YamlNode) => YamlNode | undefined) {
    this.#source = source;
    this.#lines = lines;
    this.#resolve = resolve;
  }

  read(node: YamlNode | null | undefined, fallback: Position = { source: this.#source, line: 1 }): Tree {
    const at = this.#position(node, fallback);
    this.#nodes += 1;
    if (this.#stopped) return { kind: 'scalar', at, value: null };
    if (this.#nodes > MAX_NODES) {
      return this.#stop(at, 'expected a configuration of reasonable size, got aliases that expand without end');
    }
    if (this.#depth >= MAX_DEPTH) {
      return this.#stop(at, TOO_DEEP);
    }
    this.#depth += 1;
    const tree = this.#readNode(node, at);
    this.#depth -= 1;
    return tree;
  }

  #readNode(node: YamlNode | null | undefined, at: Position): Tree {
    if (isAlias(node)) {
      const target = this.#resolve(node);
      if (target === undefined || !this.#expanding.has(target)) return this.read(target, at);
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
    if (isSeq(node)) return { kind: 'list', at, items: node.items.map((item) => this.read(item as YamlNode, at)) };
    const value = isScalar(node) ? node.value : null;
    return { kind: 'scalar', at, value: plainScalar(value) };
  }

  #map(pairs: readonly { key: unknown; value: unknown }[], at: Position): MapTree {
    const entries = new Map<string, Tree>();
    const keyPositions = new Map<string, Position>();
    const own = new Set<string>();
    for (const { key, value } of pairs) {
      const keyAt = this.#position(key as ParsedNode, at);
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === undefined) {
        this.#error(keyAt, 'expected a key that is a single word, got a list or mapping');
      } else if (name === '<<' || typeof (key as { value: unknown }).value === 'symbol') {
        for (const [inherited, tree] of this.#merged(value as YamlNode, keyAt)) {
          if (entries.has(inherited)) continue;
          entries.set(inherited, tree);
          keyPositions.set(inherited, keyAt);
        }
      } else {
        if (own.has(name)) this.#error(keyAt, `expected each key once, got "${name}" again`);
        own.add(name);
        entries.set(name, this.read(value as YamlNode, keyAt));
        keyPositions.set(name, keyAt);
      }
    }
    return { kind: 'map', at, entries, keyPositions };
  }

  /** Returns the entries of a merge key (`<<: *defaults`). */
  #merged(node: YamlNode, at: Position): ReadonlyMap<string, Tree> {
    const tree = this.read(node, at);
    if (tree.kind === 'map') return tree.entries;
    const merged = new Map<string, Tree>();
    for (const item of tree.kind === 'list' ? tree.items : []) {
      if (item.kind !== 'map') continue;
      for (const [key, value] of item.entries) if (!merged.has(key)) merged.set(key, value);
    }
    return merged;
  }

  #position(node: YamlNode | ParsedNode | null | undefined, fallback: Position): Position {
    const offset = node?.range?.[0];
    return offset === undefined ? fallback : { source: this.#source, line: this.#lines.linePos(offset).line };
  }

  #stop(at: Position, message: string): Tree {
    if (!this.#stopped) this.#error(at, message);
    this.#stopped = true;
    return { kind: 'scalar', at, value: null };
  }

  #error(position: Position, message: string): void {
    this.errors.push({ severity: 'error', position, path: '', message });
  }
}

function plainScalar(value: unknown): ScalarTree['value'] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null || value === undefined) return null;
  return String(value);
}
