/** The token for a variable part of a log line. */
export const WILDCARD = '<*>';

/** Options for a `PatternTree`. */
export interface PatternTreeOptions {
  /** Depth of the tree, at least 3: two levels, plus one for each leading token used to select a leaf. */
  readonly depth: number;
  /** Minimum fraction of tokens that a line must share with a pattern. */
  readonly threshold: number;
  /** Maximum number of children per node. */
  readonly maxChildren: number;
  /** Maximum number of patterns. The least recently used one is evicted. */
  readonly maxPatterns: number;
  /** Strings that separate tokens in addition to spaces. */
  readonly delimiters: readonly string[];
}

/** A pattern of a tree. Its tokens become more general while lines are added. */
export interface TreePattern {
  readonly tokens: readonly string[];
}

interface Pattern extends TreePattern {
  tokens: readonly string[];
  readonly leaf: Node;
  readonly bytes: number;
}

interface Node {
  readonly parent: Node | undefined;
  readonly key: string;
  readonly children: Map<string, Node>;
  patterns: Pattern[];
}

/**
 * Derives patterns from log lines: the variable tokens of similar lines become `<*>`. This is the Drain algorithm (He
 * et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree", 2017), with the tree and similarity measure of
 * the Collector's library.
 */
export class PatternTree {
  readonly #options: PatternTreeOptions;
  readonly #root: Node = nodeOf(undefined, '');
  /** All patterns, least recently used first. */
  readonly #patterns = new Set<Pattern>();
  #bytes = 0;

  constructor(options: PatternTreeOptions) {
    this.#options = options;
  }

  /** Number of patterns. */
  get size(): number {
    return this.#patterns.size;
  }

  /** Splits a line into tokens. */
  tokensOf(line: string): string[] {
    let text = line.trim();
    for (const delimiter of this.#options.delimiters) text = text.replaceAll(delimiter, ' ');
    return text.split(' ');
  }

  /** Adds a line, given its tokens, and returns the tokens of its pattern. */
  add(tokens: readonly string[]): readonly string[] {
    return this.patternOf(tokens).tokens;
  }

  /** Adds a line, given its tokens, and returns its pattern. */
  patternOf(tokens: readonly string[]): TreePattern {
    const match = this.#search(tokens);
    if (match === undefined) return this.#create(tokens);
    if (match.tokens.some((token, index) => token !== tokens[index]))
      match.tokens = match.tokens.map((token, index) => (token === tokens[index] ? token : WILDCARD));
    this.#touch(match);
    return match;
  }

  #search(tokens: readonly string[]): Pattern | undefined {
    let node = this.#root.children.get(String(tokens.length));
    for (const token of tokens.slice(0, this.#levels(tokens.length)))
      node = node?.children.get(token) ?? node?.children.get(WILDCARD);
    let best: Pattern | undefined;
    let bestSimilarity = -1;
    let bestWildcards = -1;
    for (const pattern of node?.patterns ?? []) {
      this.#touch(pattern);
      const { similarity, wildcards } = compare(pattern.tokens, tokens);
      if (similarity < bestSimilarity || (similarity === bestSimilarity && wildcards <= bestWildcards)) continue;
      best = pattern;
      bestSimilarity = similarity;
      bestWildcards = wildcards;
    }
    return bestSimilarity >= this.#options.threshold ? best : undefined;
  }

  /** Returns the number of tokens used to select a leaf, below the token-count level. The last token is never used. */
  #levels(tokenCount: number): number {
    return Math.max(0, Math.min(this.#options.depth - 3, tokenCount - 1));
  }

  #create(tokens: readonly string[]): Pattern {
    let node = childOf(this.#root, String(tokens.length));
    for (const token of tokens.slice(0, this.#levels(tokens.length))) node = this.#descend(node, token);
    const bytes = tokens.reduce((sum, token) => sum + 2 * token.length + TOKEN_BYTES, PATTERN_BYTES);
    const pattern = { tokens, leaf: node, bytes };
    node.patterns.push(pattern);
    this.#patterns.add(pattern);
    this.#bytes += bytes;
    for (const oldest of this.#patterns) {
      if (oldest === pattern || (this.#patterns.size <= this.#options.maxPatterns && this.#bytes <= MAX_BYTES)) break;
      this.#forget(oldest);
    }
    return pattern;
  }

  /** Returns the child for a token, or the wildcard child if the token is a number or there are too many children. */
  #descend(node: Node, token: string): Node {
    const { children } = node;
    const { maxChildren } = this.#options;
    if (children.has(token)) return childOf(node, token);
    if (/\p{Nd}/u.test(token)) return childOf(node, WILDCARD);
    const hasCapacity = children.has(WILDCARD) ? children.size < maxChildren : children.size + 1 < maxChildren;
    return childOf(node, hasCapacity ? token : WILDCARD);
  }

  #touch(pattern: Pattern): void {
    this.#patterns.delete(pattern);
    this.#patterns.add(pattern);
  }

  #forget(pattern: Pattern): void {
    this.#patterns.delete(pattern);
    this.#bytes -= pattern.bytes;
    let node: Node | undefined = pattern.leaf;
    node.patterns = node.patterns.filter((other) => other !== pattern);
    while (node?.parent !== undefined && node.patterns.length === 0 && node.children.size === 0) {
      node.parent.children.delete(node.key);
      node = node.parent;
    }
  }
}

/** Bounds the memory used by patterns of long lines. */
const MAX_BYTES = 32 * 2 ** 20;
const PATTERN_BYTES = 200;
const TOKEN_BYTES = 24;

function nodeOf(parent: Node | undefined, key: string): Node {
  return { parent, key, children: new Map(), patterns: [] };
}

function childOf(parent: Node, key: string): Node {
  let child = parent.children.get(key);
  if (child === undefined) {
    child = nodeOf(parent, key);
    parent.children.set(key, child);
  }
  return child;
}

/** Returns the fraction of equal tokens and the number of wildcards, which do not equal any token. */
function compare(pattern: readonly string[], tokens: readonly string[]): { similarity: number; wildcards: number } {
  let equal = 0;
  let wildcards = 0;
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === WILDCARD) wildcards += 1;
    else if (pattern[i] === tokens[i]) equal += 1;
  }
  return { similarity: equal / pattern.length, wildcards };
}
