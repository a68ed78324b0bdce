import { childrenOf, durationOf, operationAt, type TraceTree } from '../trace-tree.ts';

/** The spans of one trace in a row. */
export interface RowSide {
  readonly indexes: readonly number[];
  /** Sum of their durations. */
  readonly nanos: number;
}

/** A row of two aligned traces: a span of each, or of one, or repeated siblings of both. */
export interface AlignedRow {
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  readonly a: RowSide | undefined;
  readonly b: RowSide | undefined;
  /** Row after the last descendant. */
  readonly end: number;
}

/** Number of siblings with the same operation from which they are one row. */
const MIN_REPEATS = 4;

/**
 * Aligns two traces: spans match if their parents match and they are the n-th call of the same operation below them.
 * Spans of only one trace stand where they ran.
 */
export function alignTraces(a: TraceTree, b: TraceTree): readonly AlignedRow[] {
  const rows: (Omit<AlignedRow, 'end'> & { end: number })[] = [];
  const open: OpenRow[] = matchAll(a, rootsOf(a), b, rootsOf(b))
    .map((pair) => ({ ...pair, depth: 0 }))
    .reverse();
  // Rows of the ancestors, whose ends are known when a row at the same depth follows.
  const above: number[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { depth, inA, inB } = next;
    while (above.length > depth) endRow(rows, above.pop());
    const tree = inA.length > 0 ? a : b;
    const operation = operationAt(tree, (inA.length > 0 ? inA : inB)[0] ?? -1);
    above.push(rows.length);
    rows.push({
      depth,
      service: operation?.service ?? '',
      name: operation?.name ?? '',
      a: sideOf(a, inA),
      b: sideOf(b, inB),
      end: 0,
    });
    // Repeated siblings are not compared any further.
    if (inA.length > 1 || inB.length > 1) continue;
    const [one, other] = [inA[0], inB[0]];
    const children = matchAll(
      a,
      one === undefined ? [] : childrenOf(a, one),
      b,
      other === undefined ? [] : childrenOf(b, other),
    );
    for (const pair of children.reverse()) open.push({ ...pair, depth: depth + 1 });
  }
  while (above.length > 0) endRow(rows, above.pop());
  return rows;
}

interface Pair {
  readonly inA: readonly number[];
  readonly inB: readonly number[];
}

interface OpenRow extends Pair {
  readonly depth: number;
}

function endRow(rows: { end: number }[], row: number | undefined): void {
  const ended = rows[row ?? -1];
  if (ended !== undefined) ended.end = rows.length;
}

function rootsOf(tree: TraceTree): readonly number[] {
  const roots: number[] = [];
  for (let index = 0; index < tree.length; index = tree.ends[index] ?? index + 1) roots.push(index);
  return roots;
}

/** Pairs siblings by operation and order. Pairs are in the order of A, and those of B alone where they ran in B. */
function matchAll(a: TraceTree, inA: readonly number[], b: TraceTree, inB: readonly number[]): Pair[] {
  const { pairOfA, pairOfB } = pairAll(a, inA, b, inB);
  const places = new Map(inB.map((index, place) => [index, place]));
  const ordered = new Set<Pair>();
  let at = 0;
  for (const index of inA) {
    const pair = pairOfA.get(index);
    if (pair === undefined || ordered.has(pair)) continue;
    const until = places.get(pair.inB[0] ?? -1) ?? 0;
    for (; at < until; at += 1) addLonely(ordered, pairOfB.get(inB[at] ?? -1));
    ordered.add(pair);
  }
  for (const index of inB) addLonely(ordered, pairOfB.get(index));
  return [...ordered];
}

/** Returns the pair of each sibling. */
function pairAll(
  a: TraceTree,
  inA: readonly number[],
  b: TraceTree,
  inB: readonly number[],
): { readonly pairOfA: ReadonlyMap<number, Pair>; readonly pairOfB: ReadonlyMap<number, Pair> } {
  const ofA = Map.groupBy(inA, (index) => keyOf(a, index));
  const ofB = Map.groupBy(inB, (index) => keyOf(b, index));
  const pairOfA = new Map<number, Pair>();
  const pairOfB = new Map<number, Pair>();
  for (const key of new Set([...ofA.keys(), ...ofB.keys()])) {
    for (const pair of pairsOf(ofA.get(key) ?? [], ofB.get(key) ?? [])) {
      for (const index of pair.inA) pairOfA.set(index, pair);
      for (const index of pair.inB) pairOfB.set(index, pair);
    }
  }
  return { pairOfA, pairOfB };
}

function addLonely(ordered: Set<Pair>, pair: Pair | undefined): void {
  if (pair !== undefined && pair.inA.length === 0) ordered.add(pair);
}

/** Pairs the calls of an operation in order, or all of them at once if there are many. */
function pairsOf(inA: readonly number[], inB: readonly number[]): readonly Pair[] {
  const count = Math.max(inA.length, inB.length);
  if (count >= MIN_REPEATS) return [{ inA, inB }];
  return Array.from({ length: count }, (_, at) => ({ inA: inA.slice(at, at + 1), inB: inB.slice(at, at + 1) }));
}

function keyOf(tree: TraceTree, index: number): string {
  const { service = '', name = '', spanKind = '' } = operationAt(tree, index) ?? {};
  return JSON.stringify([service, name, spanKind]);
}

function sideOf(tree: TraceTree, indexes: readonly number[]): RowSide | undefined {
  if (indexes.length === 0) return undefined;
  return { indexes, nanos: indexes.reduce((sum, index) => sum + durationOf(tree, index), 0) };
}

/** The time that one operation adds to the first trace, compared with the second. */
export interface TimeChange {
  readonly service: string;
  readonly name: string;
  readonly nanos: number;
}

/** Returns where the difference of two durations comes from, by time on the critical path. Largest change first. */
export function timeChanges(
  a: TraceTree,
  pathA: ReadonlyMap<number, number>,
  b: TraceTree,
  pathB: ReadonlyMap<number, number>,
): readonly TimeChange[] {
  const changes = new Map<string, { service: string; name: string; nanos: number }>();
  const add = (tree: TraceTree, index: number, nanos: number): void => {
    const { service = '', name = '' } = operationAt(tree, index) ?? {};
    const key = JSON.stringify([service, name]);
    const change = changes.get(key) ?? { service, name, nanos: 0 };
    change.nanos += nanos;
    changes.set(key, change);
  };
  for (const [index, nanos] of pathA) add(a, index, nanos);
  for (const [index, nanos] of pathB) add(b, index, -nanos);
  return [...changes.values()].sort((one, other) => Math.abs(other.nanos) - Math.abs(one.nanos));
}
