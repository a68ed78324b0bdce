import type { MatchMode } from '../file/model.ts';
import { type Item, labelOf } from '../telemetry/item.ts';
import { Bytes, Group, isList, type Value } from '../telemetry/value.ts';
import { type Difference, differencesOf, isEqual, isMissing } from './differences.ts';

/** How actual items differ from the expected ones, by their indexes. */
export interface Matches {
  /** Items that are similar to an expected one but not equal. */
  readonly different: readonly {
    readonly expected: number;
    readonly actual: number;
    readonly differences: readonly Difference[];
  }[];
  readonly missing: readonly number[];
  readonly unexpected: readonly number[];
}

/** The options of `matchItems`. */
export interface MatchOptions {
  readonly match: MatchMode;
  readonly isOrdered: boolean;
}

/**
 * Compares items: `exact` expects each item once and no others, `subset` allows others. Items that remain are paired by
 * similarity, so that their differences can be shown.
 */
export function matchItems(expected: readonly Item[], actual: readonly Item[], options: MatchOptions): Matches {
  const { match, isOrdered } = options;
  const taken = isOrdered ? matchInOrder(expected, actual, match) : matchInAnyOrder(expected, actual, match);
  const used = new Set(taken.filter((index) => index !== undefined));
  const missing = taken.flatMap((index, at) => (index === undefined ? [at] : []));
  const rest = actual.flatMap((_, index) => (used.has(index) ? [] : [index]));
  const different: Matches['different'][number][] = [];
  const unpaired: number[] = [];
  const free = new Set(rest);
  // Items of the same name are the same item first.
  for (const isNamed of [true, false]) {
    for (const at of isNamed ? missing : unpaired.splice(0)) {
      const pair = isOrdered && free.has(at) ? at : closest(expected[at], actual, free, match, isNamed);
      if (pair === undefined) {
        unpaired.push(at);
        continue;
      }
      free.delete(pair);
      different.push({ expected: at, actual: pair, differences: compare(expected[at], actual[pair], match) });
    }
  }
  different.sort((a, b) => a.expected - b.expected);
  return { different, missing: unpaired, unexpected: match === 'exact' ? rest.filter((index) => free.has(index)) : [] };
}

/** Returns the index of the actual item for each expected one. */
type Taken = (number | undefined)[];

function matchInOrder(expected: readonly Item[], actual: readonly Item[], match: MatchMode): Taken {
  let next = 0;
  return expected.map((item, at) => {
    if (match === 'exact') return isMatch(item, actual[at], match) ? at : undefined;
    for (let index = next; index < actual.length; index++) {
      if (!isMatch(item, actual[index], match)) continue;
      next = index + 1;
      return index;
    }
    return undefined;
  });
}

function matchInAnyOrder(expected: readonly Item[], actual: readonly Item[], match: MatchMode): Taken {
  if (match === 'subset') return matchSubsets(expected, actual);
  const byKey = new Map<string, number[]>();
  for (const [index, item] of actual.entries()) {
    const key = keyOf(item.fields);
    const indexes = byKey.get(key);
    if (indexes === undefined) byKey.set(key, [index]);
    else indexes.push(index);
  }
  for (const indexes of byKey.values()) indexes.reverse();
  return expected.map((item) => byKey.get(keyOf(item.fields))?.pop());
}

/** Maximum number of pairs that are compared to find the best assignment. */
const MAX_PAIRS = 4_000_000;

/** Assigns expected items to actual ones so that as many as possible match (augmenting paths). */
function matchSubsets(expected: readonly Item[], actual: readonly Item[]): Taken {
  const owner = new Array<number | undefined>(actual.length);
  const taken: Taken = new Array(expected.length);
  const mayReassign = expected.length * actual.length <= MAX_PAIRS;
  const candidates = expected.map((item) =>
    mayReassign ? actual.flatMap((one, index) => (isMatch(item, one, 'subset') ? [index] : [])) : [],
  );
  const assign = (at: number, seen: Set<number>): boolean => {
    for (const index of candidates[at] ?? []) {
      if (seen.has(index)) continue;
      seen.add(index);
      const before = owner[index];
      if (before !== undefined && (seen.size > MAX_CHAIN || !assign(before, seen))) continue;
      owner[index] = at;
      taken[at] = index;
      return true;
    }
    return false;
  };
  for (const at of expected.keys()) {
    if (mayReassign) assign(at, new Set());
    else {
      const free = actual.findIndex((one, index) => owner[index] === undefined && isMatch(expected[at], one, 'subset'));
      if (free >= 0) [owner[free], taken[at]] = [at, free];
    }
  }
  return Array.from(taken);
}

/** Maximum number of items that are reassigned for one item, which bounds the recursion. */
const MAX_CHAIN = 1000;

/** Maximum number of items that are compared to find the most similar one. */
const MAX_COMPARED = 200;

/**
 * Returns the free item with the fewest differences: one of the same name, or one that has more in common with the expected
 * one than not.
 */
function closest(
  expected: Item | undefined,
  actual: readonly Item[],
  free: ReadonlySet<number>,
  match: MatchMode,
  isNamed: boolean,
): number | undefined {
  if (expected === undefined) return undefined;
  const name = labelOf(expected);
  let best: number | undefined;
  let fewest = isNamed ? Number.POSITIVE_INFINITY : leavesOf(expected.fields) / 2 + 1;
  let compared = 0;
  for (const index of free) {
    const item = actual[index];
    if (item === undefined || (isNamed && (name === '' || labelOf(item) !== name))) continue;
    if (++compared > MAX_COMPARED) break;
    const count = compare(expected, item, match).length;
    if (count < fewest) [best, fewest] = [index, count];
  }
  return best;
}

function leavesOf(value: Value): number {
  if (value instanceof Group) return [...value.entries.values()].reduce<number>((sum, one) => sum + leavesOf(one), 0);
  return isList(value) ? value.reduce<number>((sum, one) => sum + leavesOf(one), 0) : 1;
}

function compare(expected: Item | undefined, actual: Item | undefined, match: MatchMode): Difference[] {
  return differencesOf(expected?.fields, actual?.fields, match);
}

function isMatch(expected: Item | undefined, actual: Item | undefined, match: MatchMode): boolean {
  if (expected === undefined || actual === undefined || expected.signal !== actual.signal) return false;
  return isEqual(expected.fields, actual.fields, match);
}

/** Returns a key that equal values share. Absent fields and the order of fields do not count. */
function keyOf(value: Value): string {
  if (value instanceof Group) {
    const entries = [...value.entries]
      .filter(([, one]) => !isMissing(one))
      .map(([name, one]) => `${JSON.stringify(name)}:${keyOf(one)}`);
    return `${value.kind}{${entries.toSorted().join()}}`;
  }
  if (isList(value)) return `[${value.map(keyOf).join()}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Bytes) return `b${value.base64}`;
  if (typeof value === 'bigint') return `i${value}`;
  return typeof value === 'number' ? `d${value}` : String(value);
}
