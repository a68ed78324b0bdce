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
import type { Position, Problem } from './config-error.ts';

/** A configuration as it was written, every part with its place. */
export type Tree = MapTree | ListTree | ScalarTree;

/** A mapping. `keyPositions` are the places of the keys. */
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
  /** The text it was made of, where a variable was put in: a field that wants text gets this, not a number. */
  readonly text?: string;
  /** The reference it came from, such as `${env:TOKEN}`; messages show it in place of the value. */
  readonly reference?: string;
}

/** An empty mapping. */
export function emptyMap(at: Position): MapTree {
  return { kind: 'map', at, entries: new Map(), keyPositions: new Map() };
}

/** Reads one YAML document. A file with syntax errors gives no tree but all of its errors. */
export function parseYaml(source: string, text: string): { tree: Tree | undefined; errors: Problem[] } {
  const lines = new LineCounter();
  // The reader below finds keys that are there twice: the parser compares each with all the others.
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, uniqueKeys: false });
  const errors = document.errors.map((error): Problem => {
    const position = { source, line: lines.linePos(error.pos[0]).line };
    // The parser reports its own recursion as an error of the text.
    const isDeep = error.message.includes('call stack');
    const message = isDeep ? TOO_DEEP : `expected valid YAML: ${error.message}`;
    return { severity: 'error', position, path: '', message };
  });
  if (errors.length > 0) return { tree: undefined, errors };
  const targets = aliasTargets(document);
  const reader = new YamlReader(source, lines, (alias) => targets.get(alias));
  return { tree: reader.read(document.contents), errors: reader.errors };
}

/** What each alias means: the last node before it that bears its anchor. */
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

/** Makes a tree of plain values, all at one place. */
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

/** Levels of nesting that a configuration may have; readers of trees call themselves for each. */
export const MAX_DEPTH = 100;

const TOO_DEEP = `expected at most ${MAX_DEPTH} levels of nesting, got more`;

/** Aliases can make a small file unfold into billions of nodes; no configuration needs more than this. */
const MAX_NODES = 300_000;

class YamlReader {
  readonly errors: Problem[] = [];
  readonly #source: string;
  readonly #lines: LineCounter;
  readonly #resolve: (alias: YamlNode) => YamlNode | undefined;
  #nodes = 0;
  #depth = 0;
  /** Nodes with an anchor that are being read. */
  readonly #unfolding = new Set<YamlNode>();
  /** Something was found that makes reading on useless. */
  #refused = false;

  constructor(source: string, lines: LineCounter, resolve: (alias: YamlNode) => YamlNode | undefined) {
    this.#source = source;
    this.#lines = lines;
    this.#resolve = resolve;
  }

  read(node: YamlNode | null | undefined, fallback: Position = { source: this.#source, line: 1 }): Tree {
    const at = this.#position(node, fallback);
    this.#nodes += 1;
    if (this.#refused) return { kind: 'scalar', at, value: null };
    if (this.#nodes > MAX_NODES) {
      return this.#refuse(at, 'expected a configuration of reasonable size, got aliases that unfold without end');
    }
    if (this.#depth >= MAX_DEPTH) {
      return this.#refuse(at, TOO_DEEP);
    }
    this.#depth += 1;
    const tree = this.#readNode(node, at);
    this.#depth -= 1;
    return tree;
  }

  #readNode(node: YamlNode | null | undefined, at: Position): Tree {
    if (isAlias(node)) {
      const target = this.#resolve(node);
      if (target === undefined || !this.#unfolding.has(target)) return this.read(target, at);
      return this.#refuse(at, `expected an alias of something else, got *${node.source}, which contains itself`);
    }
    if (node?.anchor === undefined) return this.#readContents(node, at);
    this.#unfolding.add(node);
    const tree = this.#readContents(node, at);
    this.#unfolding.delete(node);
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
        this.#problem(keyAt, 'expected a key that is a single word, got a list or mapping');
      } else if (name === '<<' || typeof (key as { value: unknown }).value === 'symbol') {
        for (const [inherited, tree] of this.#merged(value as YamlNode, keyAt)) {
          if (entries.has(inherited)) continue;
          entries.set(inherited, tree);
          keyPositions.set(inherited, keyAt);
        }
      } else {
        if (own.has(name)) this.#problem(keyAt, `expected each key once, got "${name}" again`);
        own.add(name);
        entries.set(name, this.read(value as YamlNode, keyAt));
        keyPositions.set(name, keyAt);
      }
    }
    return { kind: 'map', at, entries, keyPositions };
  }

  /** What a merge key (`<<: *defaults`) brings along. */
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

  #refuse(at: Position, message: string): Tree {
    if (!this.#refused) this.#problem(at, message);
    this.#refused = true;
    return { kind: 'scalar', at, value: null };
  }

  #problem(position: Position, message: string): void {
    this.errors.push({ severity: 'error', position, path: '', message });
  }
}

function plainScalar(value: unknown): ScalarTree['value'] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null || value === undefined) return null;
  return String(value);
}
