import type { TraceOperation } from '@otelier/query';
import type { EventMark, TraceOutline } from './trace-outline.ts';

/**
 * A trace in display order: every span is followed by its descendants. Stored in columns, so that 100,000 spans use
 * little memory. An index is a position in display order.
 */
export interface TraceTree {
  readonly outline: TraceOutline;
  readonly length: number;
  /** The outline position of each span. */
  readonly positions: Int32Array;
  readonly depths: Int32Array;
  /** Index after each span's last descendant. */
  readonly ends: Int32Array;
  /** Index of each span's parent, or −1. */
  readonly parents: Int32Array;
  readonly childCounts: Int32Array;
  readonly durationNanos: number;
  readonly services: readonly string[];
  /** Index of the span at each outline position. */
  readonly indexes: Int32Array;
}

/** The span data shown in the waterfall. */
export interface TraceSpan extends TraceOperation {
  readonly spanId: string;
  /** Nanoseconds since the start of the trace. */
  readonly start: number;
  readonly durationNanos: number;
  readonly events: readonly EventMark[];
}

/** Orders a trace's spans. Spans whose parent is missing become roots, and parent cycles are broken. */
export function buildTree(outline: TraceOutline): TraceTree {
  const { length } = outline;
  const parentOf = parentsOf(outline);
  const lastChild = new Int32Array(length).fill(-1);
  const previous = new Int32Array(length).fill(-1);
  const childrenOf = new Int32Array(length);
  for (let position = 0; position < length; position += 1) {
    const parent = parentOf[position] ?? -1;
    if (parent < 0) continue;
    // Positions are in start order, and so are the children of a span.
    previous[position] = lastChild[parent] ?? -1;
    lastChild[parent] = position;
    childrenOf[parent] = (childrenOf[parent] ?? 0) + 1;
  }
  const positions = new Int32Array(length);
  const indexes = new Int32Array(length).fill(-1);
  const depths = new Int32Array(length);
  const parents = new Int32Array(length);
  let count = 0;
  const walk = (root: number): void => {
    const stack = [root];
    for (let position = stack.pop(); position !== undefined; position = stack.pop()) {
      if ((indexes[position] ?? 0) >= 0) continue;
      const parent = position === root ? -1 : (indexes[parentOf[position] ?? -1] ?? -1);
      parents[count] = parent;
      depths[count] = parent < 0 ? 0 : (depths[parent] ?? 0) + 1;
      positions[count] = position;
      indexes[position] = count;
      count += 1;
      for (let child = lastChild[position] ?? -1; child >= 0; child = previous[child] ?? -1) stack.push(child);
    }
  };
  for (let position = 0; position < length; position += 1) if ((parentOf[position] ?? -1) < 0) walk(position);
  for (let position = 0; count < length; position += 1) if ((indexes[position] ?? 0) < 0) walk(position);
  return {
    ...{ outline, length, positions, indexes, depths, parents },
    ends: endsOf(depths),
    childCounts: positions.map((position) => childrenOf[position] ?? 0),
    durationNanos: Math.max(1, outline.durationNanos),
    services: [...new Set(outline.operations.map(({ service }) => service))],
  };
}

/** Returns the span at an index. */
export function spanAt(tree: TraceTree, index: number): TraceSpan | undefined {
  const { outline } = tree;
  const position = tree.positions[index];
  const operation = operationAt(tree, index);
  if (position === undefined || operation === undefined) return undefined;
  return {
    ...operation,
    spanId: outline.spanIds[position] ?? '',
    start: startOf(tree, index),
    durationNanos: durationOf(tree, index),
    events: outline.events.get(position) ?? [],
  };
}

/** Returns a span's start in nanoseconds since the start of the trace. */
export function startOf({ outline, positions }: TraceTree, index: number): number {
  return outline.offsets[positions[index] ?? -1] ?? 0;
}

/** Returns a span's exact start in nanoseconds since the epoch. */
export function startNanosOf(tree: TraceTree, index: number): string {
  return String(BigInt(tree.outline.startNanos) + BigInt(startOf(tree, index)));
}

/** Returns the index of the first span with an ID, or −1. */
export function indexOf({ outline, indexes }: TraceTree, spanId: string): number {
  return indexes[outline.positions.get(spanId) ?? -1] ?? -1;
}

/** Reports whether a span failed. */
export function isError(tree: TraceTree, index: number): boolean {
  return operationAt(tree, index)?.statusCode === 'ERROR';
}

/**
 * Returns the indexes of the rows that are visible when the descendants of `folded` spans are hidden. `groups` are spans
 * whose row stands for all spans before an index.
 */
export function visibleRows(
  tree: TraceTree,
  folded: ReadonlySet<number>,
  groups: ReadonlyMap<number, { readonly end: number }> = new Map(),
): readonly number[] {
  if (folded.size + groups.size === 0) return Array.from({ length: tree.length }, (_, index) => index);
  const rows: number[] = [];
  for (let index = 0; index < tree.length; ) {
    rows.push(index);
    const end = groups.get(index)?.end ?? (folded.has(index) ? tree.ends[index] : undefined);
    index = end ?? index + 1;
  }
  return rows;
}

/** Returns the row of a span among the visible rows, which are in ascending order, or −1 if it is hidden. */
export function rowOf(rows: readonly number[], index: number): number {
  let from = 0;
  let to = rows.length - 1;
  while (from <= to) {
    const middle = (from + to) >> 1;
    const found = rows[middle] ?? 0;
    if (found === index) return middle;
    if (found < index) from = middle + 1;
    else to = middle - 1;
  }
  return -1;
}

/** Returns a span's children in start order. */
export function childrenOf({ ends }: TraceTree, index: number): readonly number[] {
  const children: number[] = [];
  for (let child = index + 1; child < (ends[index] ?? 0); child = ends[child] ?? child + 1) children.push(child);
  return children;
}

/** Returns a span's ancestors, nearest first. */
export function ancestorsOf(tree: TraceTree, index: number): readonly number[] {
  const above: number[] = [];
  for (let at = tree.parents[index] ?? -1; at >= 0; at = tree.parents[at] ?? -1) above.push(at);
  return above;
}

/** Returns the time of a span that is not covered by its children, in nanoseconds. */
export function ownNanos(tree: TraceTree, index: number): number {
  const start = startOf(tree, index);
  const end = start + durationOf(tree, index);
  let covered = 0;
  let until = start;
  // Children are sorted by start time, so a single pass suffices.
  for (let child = index + 1; child < (tree.ends[index] ?? 0); child = tree.ends[child] ?? child + 1) {
    const from = Math.max(until, startOf(tree, child));
    const to = Math.min(end, startOf(tree, child) + durationOf(tree, child));
    if (to > from) {
      covered += to - from;
      until = to;
    }
  }
  return end - start - covered;
}

/** Returns the peer that a span calls, if the caller names it and it sends no telemetry itself. */
export function peerOf(tree: TraceTree, index: number): string | undefined {
  return (tree.childCounts[index] ?? 0) > 0 ? undefined : operationAt(tree, index)?.peer;
}

/** Returns the properties that a span shares with others. */
export function operationAt({ outline, positions }: TraceTree, index: number): TraceOperation | undefined {
  return outline.operations[outline.operationIndexes[positions[index] ?? -1] ?? -1];
}

/** Returns a span's duration in nanoseconds. */
export function durationOf({ outline, positions }: TraceTree, index: number): number {
  return outline.durations[positions[index] ?? -1] ?? 0;
}

/** Returns the position of each span's parent, or −1 if there is none or it has not arrived. */
function parentsOf({ length, parentSpanIds, positions }: TraceOutline): Int32Array {
  const parents = new Int32Array(length);
  for (let position = 0; position < length; position += 1) {
    const parentId = parentSpanIds[position] ?? '';
    const parent = parentId === '' ? -1 : (positions.get(parentId) ?? -1);
    parents[position] = parent === position || parent >= length ? -1 : parent;
  }
  return parents;
}

function endsOf(depths: Int32Array): Int32Array {
  const ends = new Int32Array(depths.length).fill(depths.length);
  const open: number[] = [];
  depths.forEach((depth, index) => {
    while (open.length > depth) ends[open.pop() ?? 0] = index;
    open.push(index);
  });
  return ends;
}
