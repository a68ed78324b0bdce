import type { FlameSource } from './flame-source.ts';

/** The rows of a flame graph. A box is below its parent, and the boxes of a row do not overlap. */
export interface FlameLayout {
  /** Row of each box, by index. */
  readonly rows: Int32Array;
  /** Indexes of each row's boxes, in order of their start. */
  readonly boxes: readonly Int32Array[];
}

/** Rows beyond this one overlap, because they are far outside the window. A power of two. */
const MAX_ROWS = 4096;

const UNPLACED = -1;

/** Places every box in the first free row below its parent. */
export function flameLayout(source: FlameSource): FlameLayout {
  const rows = new Int32Array(source.length).fill(UNPLACED);
  const free = new FreeRows();
  const boxes: number[][] = [];
  const place = (index: number): void => {
    const parent = source.parent(index);
    const start = source.start(index);
    const above = parent < 0 ? UNPLACED : (rows[parent] ?? UNPLACED);
    const row = free.take(above + 1, start, start + source.lasts(index));
    rows[index] = row;
    const list = boxes[row];
    if (list === undefined) boxes[row] = [index];
    else list.push(index);
  };
  // Boxes are taken in order of their start, so that a row is free from the end of its last one.
  for (let position = 0; position < source.length; position += 1) {
    // A parent may be listed after a child that starts at the same time and takes longer. One that starts later is
    // placed later, and may then be above its child.
    const chain: number[] = [];
    for (let index = source.inOrder(position); index >= 0 && rows[index] === UNPLACED; ) {
      chain.push(index);
      const parent = source.parent(index);
      index = parent >= 0 && source.start(parent) <= source.start(index) ? parent : -1;
    }
    for (const index of chain.reverse()) place(index);
  }
  return { rows, boxes: Array.from(boxes, (list) => Int32Array.from(list ?? [])) };
}

/** Returns the box of a row at a place, or −1. Boxes shorter than `tolerance` are as long as it. */
export function boxInRow(
  source: FlameSource,
  { boxes }: FlameLayout,
  row: number,
  time: number,
  tolerance: number,
): number {
  const list = boxes[row];
  if (list === undefined) return -1;
  const at = firstAfter(source, list, time) - 1;
  const index = list[at];
  if (index === undefined) return -1;
  return time <= source.start(index) + Math.max(tolerance, source.lasts(index)) ? index : -1;
}

/** Returns the place in a row of the first box that starts after another place. */
export function firstAfter(source: FlameSource, list: Int32Array, time: number, from = 0): number {
  let low = from;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (source.start(list[middle] ?? 0) <= time) low = middle + 1;
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
    // A box without a length takes its place, too.
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
