import { durationOf, startOf, type TraceTree } from '../trace-tree.ts';

/** A part of the critical path: the trace waited for this span's own work. Times are since the start of the trace. */
export interface PathSegment {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** The spans that determined how long a trace took. */
export interface CriticalPath {
  /** In order of time. They do not overlap. */
  readonly segments: readonly PathSegment[];
  /** Time that each span on the path contributes. A span that only waits for its children contributes nothing. */
  readonly nanos: ReadonlyMap<number, number>;
  readonly totalNanos: number;
}

/**
 * Returns the critical path below a span. It is followed backwards from the end: the trace waited for the child that
 * ended last, and before that child started, for the one that ended last until then.
 */
export function criticalPath(tree: TraceTree, root = 0): CriticalPath {
  const segments: PathSegment[] = [];
  const nanos = new Map<number, number>();
  if (tree.length === 0) return { segments, nanos, totalNanos: 0 };
  const add = (index: number, from: number, to: number): void => {
    if (!nanos.has(index)) nanos.set(index, 0);
    if (to <= from) return;
    segments.push({ index, from, to });
    nanos.set(index, (nanos.get(index) ?? 0) + to - from);
  };
  const open: OpenSpan[] = [openSpan(tree, root, endOf(tree, root), startOf(tree, root))];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const child = nextChild(tree, top);
    if (child === undefined) {
      add(top.index, top.start, top.until);
      open.pop();
      continue;
    }
    const end = Math.min(endOf(tree, child), top.until);
    add(top.index, end, top.until);
    const start = Math.max(top.start, startOf(tree, child));
    top.until = start;
    open.push(openSpan(tree, child, end, start));
  }
  segments.reverse();
  return { segments, nanos, totalNanos: segments.reduce((sum, { from, to }) => sum + to - from, 0) };
}

/** Returns the segment of the path at a time, or `undefined` before and after it. */
export function segmentAt({ segments }: CriticalPath, time: number): PathSegment | undefined {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.to ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  const found = segments[low];
  return found !== undefined && found.from <= time ? found : undefined;
}

/** A span that ran beside another, and for how long both did. */
export interface ParallelSpan {
  readonly index: number;
  readonly overlapNanos: number;
}

/**
 * Returns the spans beside a span on the critical path: its siblings, and those of its ancestors, which ran at the same
 * time but which the trace did not wait for. Longest overlap first.
 */
export function parallelSpans(tree: TraceTree, path: CriticalPath, index: number, limit: number): ParallelSpan[] {
  const from = startOf(tree, index);
  const to = endOf(tree, index);
  const found: ParallelSpan[] = [];
  for (let at = index, parent = tree.parents[at] ?? -1; parent >= 0; at = parent, parent = tree.parents[at] ?? -1) {
    for (let child = parent + 1; child < (tree.ends[parent] ?? 0); child = tree.ends[child] ?? child + 1) {
      const overlapNanos = Math.min(to, endOf(tree, child)) - Math.max(from, startOf(tree, child));
      if (child !== at && overlapNanos > 0 && !path.nanos.has(child)) found.push({ index: child, overlapNanos });
    }
  }
  return found.sort((a, b) => b.overlapNanos - a.overlapNanos || a.index - b.index).slice(0, limit);
}

/** A span that the path is followed through, from `until` back to `start`. */
interface OpenSpan {
  readonly index: number;
  readonly start: number;
  readonly end: number;
  until: number;
  /** Children by end, latest last. Those at the end of the list are taken first. */
  readonly children: number[];
}

function openSpan(tree: TraceTree, index: number, until: number, start: number): OpenSpan {
  const children: number[] = [];
  for (let child = index + 1; child < (tree.ends[index] ?? 0); child = tree.ends[child] ?? child + 1)
    children.push(child);
  children.sort((a, b) => endOf(tree, a) - endOf(tree, b) || b - a);
  return { index, start, end: until, until, children };
}

/** Part of a span's duration by which it may overlap the next one and still precede it. */
export const OVERLAP_TOLERANCE = 0.05;

/** Takes the child that ended last before the path continues, if the path leads to one. */
function nextChild(tree: TraceTree, { children, until, start, end }: OpenSpan): number | undefined {
  for (let child = children.pop(); child !== undefined; child = children.pop()) {
    const ended = endOf(tree, child);
    // A child that outlives its parent held it up until the parent's end. Elsewhere, one that ended later ran beside,
    // unless the overlap is as small as differences between clocks are.
    if (until !== end && ended - until > durationOf(tree, child) * OVERLAP_TOLERANCE) continue;
    if (startOf(tree, child) < until && ended > start && durationOf(tree, child) > 0) return child;
  }
  return undefined;
}

function endOf(tree: TraceTree, index: number): number {
  return startOf(tree, index) + durationOf(tree, index);
}
