import type { LogRow, SeverityName } from '@otelier/store';
import { PatternTree, type TreePattern, WILDCARD } from '../patterns/pattern-tree.ts';
import { severityName } from '../request/severity.ts';
import { type MaskedLine, maskLine, unmask, VARIABLE } from './mask-line.ts';
import type { GroupedRecord, RecordGroup, Selection } from './record-group.ts';
import { separate } from './separate-patterns.ts';
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
  /** What selects the records among those of the service and severity. */
  readonly selection: Selection;
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

/** Groups log records by the patterns of their bodies, with the Drain algorithm on masked lines. */
export class RecordGroups {
  readonly #steps: number;
  readonly #trees = new Map<string, PatternTree>();
  readonly #records = new Map<TreePattern, GroupedRecord[]>();

  constructor(steps: number) {
    this.#steps = steps;
  }

  /** Adds a record that stands for `weight` records of a step, newest first. */
  add(row: LogRow, step: number, weight: number): void {
    this.#add(row, weight, step);
  }

  /** Adds a record of the range with which this one is compared. */
  addBefore(row: LogRow, weight: number): void {
    this.#add(row, weight, undefined);
  }

  /** Returns the patterns with records in the range, most frequent first. */
  patterns(): readonly LogPattern[] {
    const merged = new Map<string, RecordGroup>();
    for (const [{ tokens }, records] of this.#records) {
      const [first] = records;
      if (first === undefined) continue;
      const { service, severityNumber } = first.row;
      const { key } = first.line;
      const isEvent = isEventName(first.row);
      // Patterns can become equal.
      const name = JSON.stringify([service, severityKey(severityNumber), isEvent, key, tokens]);
      const same = merged.get(name);
      merged.set(name, {
        service,
        severityNumber,
        tokens,
        key,
        isEvent,
        records: [...(same?.records ?? []), ...records],
      });
    }
    const bySource = Map.groupBy(merged.values(), ({ service, severityNumber, key, isEvent }) =>
      JSON.stringify([service, severityKey(severityNumber), isEvent, key]),
    );
    return [...bySource.values()]
      .flatMap((groups) => separate(groups))
      .filter(({ group }) => group.records.some(({ step }) => step !== undefined))
      .map(({ group, selection }) => logPatternOf(group, selection, this.#steps))
      .sort((a, b) => b.count - a.count);
  }

  #add(row: LogRow, weight: number, step: number | undefined): void {
    const line = maskLine(isEventName(row) ? (row.eventName ?? '') : row.body);
    const pattern = this.#treeOf(row, line).patternOf(line.tokens);
    const record = { row, line, weight, step };
    const records = this.#records.get(pattern);
    if (records === undefined) this.#records.set(pattern, [record]);
    else records.push(record);
  }

  #treeOf(row: LogRow, { key }: MaskedLine): PatternTree {
    const own = JSON.stringify([row.service, severityKey(row.severityNumber), isEventName(row), key]);
    const name = this.#trees.has(own) || this.#trees.size < MAX_GROUPS ? own : '';
    let tree = this.#trees.get(name);
    if (tree === undefined) {
      tree = new PatternTree(TREE);
      this.#trees.set(name, tree);
    }
    return tree;
  }
}

function isEventName({ body, eventName = '' }: LogRow): boolean {
  return body === '' && eventName !== '';
}

/** Numbers outside the levels are told apart, because no condition selects all of them. */
function severityKey(severityNumber: number): string | number {
  const name = severityName(severityNumber);
  return name === 'unspecified' ? severityNumber : name;
}

function logPatternOf({ records, ...group }: RecordGroup, selection: Selection, stepCount: number): LogPattern {
  const { service, severityNumber, tokens } = group;
  const steps = Array.from({ length: stepCount }, () => 0);
  let before = 0;
  const inRange: GroupedRecord[] = [];
  for (const record of records) {
    if (record.step === undefined) before += record.weight;
    else {
      steps[record.step] = (steps[record.step] ?? 0) + record.weight;
      inRange.push(record);
    }
  }
  const latest = inRange.filter(({ weight }) => weight > 0).sort((a, b) => (a.row.time > b.row.time ? -1 : 1));
  const lines = records.slice(0, MAX_LINES).map(({ line }) => line);
  return {
    ...{ service, severityNumber, severity: severityName(severityNumber) },
    parts: partsOf(tokens, lines),
    selection,
    count: inRange.reduce((sum, { weight }) => sum + weight, 0),
    ...{ steps, before },
    first: latest.at(-1)?.row.time ?? 0n,
    last: latest[0]?.row.time ?? 0n,
    examples: latest.slice(0, MAX_EXAMPLES).map(({ row }) => row),
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
