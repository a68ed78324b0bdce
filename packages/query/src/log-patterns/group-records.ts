import type { LogRow, SeverityName } from '@otelier/store';
import { PatternTree, type TreePattern, WILDCARD } from '../patterns/pattern-tree.ts';
import { severityName } from '../request/severity.ts';
import { type MaskedLine, maskLine, unmask, VARIABLE } from './mask-line.ts';
import { type PatternVariable, variableOf } from './variables.ts';

/** A part of a pattern: constant text, or a variable. */
export type PatternPart =
  | { readonly text: string; readonly variable?: undefined }
  | { readonly text: '<*>'; readonly variable: PatternVariable };

/** Records of one service and severity whose bodies differ only in their variable parts. Counts are estimates. */
export interface LogPattern {
  readonly service: string;
  readonly severity: SeverityName;
  readonly severityNumber: number;
  readonly parts: readonly PatternPart[];
  /** Key of the JSON bodies that contain the line; empty for bodies of text. */
  readonly key: string;
  readonly isCut: boolean;
  readonly count: number;
  readonly steps: readonly number[];
  /** Records of the earlier range. */
  readonly before: number;
  /** Times of the first and last record that was read. */
  readonly first: bigint;
  readonly last: bigint;
  /** The latest records that were read. */
  readonly examples: readonly LogRow[];
}

/**
 * Similarity from which lines share a pattern, and the number of leading words that they must share. A word with a
 * variable part counts as equal to others that differ only in it.
 */
const TREE = { depth: 4, threshold: 0.6, maxChildren: 100, maxPatterns: 1000, delimiters: [] };
/** Number of services and severities that are told apart. */
const MAX_GROUPS = 500;
/** Number of records of a pattern whose values are compared. */
const MAX_LINES = 500;
const MAX_EXAMPLES = 3;

interface Group {
  readonly pattern: TreePattern;
  readonly service: string;
  readonly severityNumber: number;
  readonly line: MaskedLine;
  readonly lines: MaskedLine[];
  readonly steps: number[];
  readonly examples: LogRow[];
  count: number;
  before: number;
  first: bigint | undefined;
  last: bigint | undefined;
}

/** Groups log records by the patterns of their bodies, with the Drain algorithm on masked lines. */
export class RecordGroups {
  readonly #steps: number;
  readonly #trees = new Map<string, PatternTree>();
  readonly #groups = new Map<TreePattern, Group>();

  constructor(steps: number) {
    this.#steps = steps;
  }

  /** Adds a record that stands for `weight` records of a step, newest first. */
  add(row: LogRow, step: number, weight: number): void {
    const group = this.#groupOf(row);
    group.count += weight;
    group.steps[step] = (group.steps[step] ?? 0) + weight;
    if (group.examples.length < MAX_EXAMPLES) group.examples.push(row);
    if (group.first === undefined || row.time < group.first) group.first = row.time;
    if (group.last === undefined || row.time > group.last) group.last = row.time;
  }

  /** Adds a record of the range with which this one is compared. */
  addBefore(row: LogRow, weight: number): void {
    this.#groupOf(row).before += weight;
  }

  /** Returns the patterns with records in the range, most frequent first. */
  patterns(): readonly LogPattern[] {
    const merged = new Map<string, Group>();
    for (const group of this.#groups.values()) {
      const { service, severityNumber, line, pattern } = group;
      // Patterns can become equal.
      const key = JSON.stringify([service, severityName(severityNumber), line.key, pattern.tokens]);
      const same = merged.get(key);
      merged.set(key, same === undefined ? group : joined(same, group));
    }
    return [...merged.values()]
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count)
      .map(logPatternOf);
  }

  #groupOf(row: LogRow): Group {
    const line = maskLine(row.body === '' ? (row.eventName ?? '') : row.body);
    const pattern = this.#treeOf(row, line).patternOf(line.tokens);
    let group = this.#groups.get(pattern);
    if (group === undefined) {
      const { service, severityNumber } = row;
      const steps = Array.from({ length: this.#steps }, () => 0);
      const none = { count: 0, before: 0, first: undefined, last: undefined };
      group = { pattern, service, severityNumber, line, lines: [], steps, examples: [], ...none };
      this.#groups.set(pattern, group);
    }
    if (group.lines.length < MAX_LINES) group.lines.push(line);
    return group;
  }

  #treeOf({ service, severityNumber }: LogRow, { key }: MaskedLine): PatternTree {
    const own = JSON.stringify([service, severityName(severityNumber), key]);
    const name = this.#trees.has(own) || this.#trees.size < MAX_GROUPS ? own : '';
    let tree = this.#trees.get(name);
    if (tree === undefined) {
      tree = new PatternTree(TREE);
      this.#trees.set(name, tree);
    }
    return tree;
  }
}

function joined(a: Group, b: Group): Group {
  return {
    ...a,
    lines: [...a.lines, ...b.lines].slice(0, MAX_LINES),
    steps: a.steps.map((count, step) => count + (b.steps[step] ?? 0)),
    examples: [...a.examples, ...b.examples].sort((x, y) => (x.time > y.time ? -1 : 1)).slice(0, MAX_EXAMPLES),
    count: a.count + b.count,
    before: a.before + b.before,
    first: a.first === undefined || (b.first !== undefined && b.first < a.first) ? b.first : a.first,
    last: a.last === undefined || (b.last !== undefined && b.last > a.last) ? b.last : a.last,
  };
}

function logPatternOf({ pattern, line, lines, first = 0n, last = 0n, ...group }: Group): LogPattern {
  const { service, severityNumber, count, steps, before, examples } = group;
  return {
    ...{ service, severityNumber, severity: severityName(severityNumber) },
    parts: partsOf(pattern.tokens, lines),
    key: line.key,
    isCut: lines.some(({ isCut }) => isCut),
    ...{ count, steps, before, first, last, examples },
  };
}

/** Returns the parts of a pattern, with the values of its variables in the lines. */
function partsOf(tokens: readonly string[], lines: readonly MaskedLine[]): readonly PatternPart[] {
  const parts: PatternPart[] = [];
  const addText = (text: string): void => {
    const last = parts.at(-1);
    if (text === '') return;
    if (last?.variable === undefined && last !== undefined) parts[parts.length - 1] = { text: last.text + text };
    else parts.push({ text });
  };
  const addVariable = (textIn: (line: MaskedLine) => string): void => {
    parts.push({ text: '<*>', variable: variableOf(lines.map(textIn)) });
  };
  tokens.forEach((token, at) => {
    if (at > 0) addText(' ');
    if (token === WILDCARD) {
      addVariable(({ tokens: own, values }) => unmask(own[at] ?? '', values[at] ?? []));
      return;
    }
    token.split(VARIABLE).forEach((text, index) => {
      if (index > 0) addVariable(({ values }) => values[at]?.[index - 1] ?? '');
      addText(text);
    });
  });
  return parts;
}
