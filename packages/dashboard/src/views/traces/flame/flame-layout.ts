import { durationOf, startOf, type TraceTree } from '../trace-tree.ts';

/** The rows of a flame graph. A span is below its parent, and the spans of a row do not overlap. */
export interface FlameLayout {
  /** Row of each span, by index. */
  readonly rows: Int32Array;
  /** Indexes of each row's spans, in order of time. */
  readonly spans: readonly Int32Array[];
}

/** Rows beyond this one overlap, because they are far outside the window. A power of two. */
const MAX_ROWS = 4096;

const UNPLACED = -1;

/** Places every span in the first free row below its parent. */
export function flameLayout(tree: TraceTree): FlameLayout {
  const rows = new Int32Array(tree.length).fill(UNPLACED);
  const free = new FreeRows();
  const spans: number[][] = [];
  const place = (index: number): void => {
    const parent = tree.parents[index] ?? -1;
    const start = startOf(tree, index);
    const above = parent < 0 ? UNPLACED : (rows[parent] ?? UNPLACED);
    const row = free.take(above + 1, start, start + durationOf(tree, index));
    rows[index] = row;
    const list = spans[row];
    if (list === undefined) spans[row] = [index];
    else list.push(index);
  };
  // Positions are in start order, so that a row is free from the end of its last span.
  for (let position = 0; position < tree.length; position += 1) {
    // A parent may be listed after a child that starts at the same time and takes longer. One that starts later is
    // placed later, and may then be above its child.
    const chain: number[] = [];
    for (let index = tree.indexes[position] ?? -1; index >= 0 && rows[index] === UNPLACED; ) {
      chain.push(index);
      const parent = tree.parents[index] ?? -1;
      index = parent >= 0 && startOf(tree, parent) <= startOf(tree, index) ? parent : -1;
    }
    for (const index of chain.reverse()) place(index);
  }
  return { rows, spans: Array.from(spans, (list) => Int32Array.from(list ?? [])) };
}

/** Returns the span of a row at a time, or −1. Spans shorter than `tolerance` are as long as it. */
export function spanInRow(
  tree: TraceTree,
  { spans }: FlameLayout,
  row: number,
  time: number,
  tolerance: number,
): number {
  const list = spans[row];
  if (list === undefined) return -1;
  const at = firstAfter(tree, list, time) - 1;
  const index = list[at];
  if (index === undefined) return -1;
  return time <= startOf(tree, index) + Math.max(tolerance, durationOf(tree, index)) ? index : -1;
}

/** Returns the place in a row of the first span that starts after a time. */
export function firstAfter(tree: TraceTree, list: Int32Array, time: number, from = 0): number {
  let low = from;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (startOf(tree, list[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The ends of all rows in a tree of minimums, which finds the first free row without trying each. */
class FreeRows {
  readonly #ends = new Float64Array(MAX_ROWS * 2).fill(Number.NEGATIVE_INFINITY);

  /** Takes the first row from `row` that is free at `start`. */
  take(row: number, start: number, end: number): number {
    const found = this.#find(1, 0, MAX_ROWS, Math.min(row, MAX_ROWS - 1), start) ?? MAX_ROWS - 1;
    const ends = this.#ends;
    let node = MAX_ROWS + found;
    // A span without a duration takes its place, too.
    ends[node] = Math.max(ends[node] ?? 0, end, start + 1);
    for (node >>= 1; node >= 1; node >>= 1) ends[node] = Math.min(ends[node * 2] ?? 0, ends[node * 2 + 1] ?? 0);
    return found;
  }

  #find(node: number, first: number, count: number, row: number, start: number): number | undefined {
    if (first + count <= row || (this.#ends[node] ?? 0) > start) return undefined;
    if (count === 1) return first;
    const half = count >> 1;
    return this.#find(node * 2, first, half, row, start) ?? this.#find(node * 2 + 1, first + half, half, row, start);
  }
}
