import { durationOf, operationAt, peerOf, startOf, type TraceTree } from '../trace-tree.ts';
import { OVERLAP_TOLERANCE } from './critical-path.ts';

/** Consecutive siblings with the same operation. */
export interface Repeat {
  /** Index of the first span. */
  readonly index: number;
  /** Index after the last span's descendants. */
  readonly end: number;
  readonly members: readonly number[];
  /** Sum of their durations. */
  readonly nanos: number;
  readonly errorCount: number;
  /** Whether they are calls to another system, one after the other, which a single call could replace. */
  readonly isSequentialCalls: boolean;
}

/** Number of siblings from which they are shown as one row. */
const MIN_REPEATS = 4;
/** Number of sequential calls from which they are reported. */
const MIN_SEQUENTIAL_CALLS = 5;

/** Returns the repeated siblings of a trace by the index of their first span. */
export function findRepeats(tree: TraceTree): ReadonlyMap<number, Repeat> {
  const found = new Map<number, Repeat>();
  for (let parent = 0; parent < tree.length; parent += 1) {
    if ((tree.childCounts[parent] ?? 0) < MIN_REPEATS) continue;
    let run: number[] = [];
    for (let child = parent + 1; child < (tree.ends[parent] ?? 0); child = tree.ends[child] ?? child + 1) {
      if (!isSame(tree, run.at(-1), child)) {
        addRepeat(tree, run, found);
        run = [];
      }
      run.push(child);
    }
    addRepeat(tree, run, found);
  }
  return found;
}

/** Returns the sequential calls that took the most time, or `undefined` if there are none. */
export function worstCalls(repeats: ReadonlyMap<number, Repeat>): Repeat | undefined {
  let worst: Repeat | undefined;
  for (const repeat of repeats.values())
    if (repeat.isSequentialCalls && repeat.nanos > (worst?.nanos ?? -1)) worst = repeat;
  return worst;
}

function addRepeat(tree: TraceTree, members: readonly number[], found: Map<number, Repeat>): void {
  const [index] = members;
  const last = members.at(-1);
  if (index === undefined || last === undefined || members.length < MIN_REPEATS) return;
  found.set(index, {
    index,
    end: tree.ends[last] ?? last + 1,
    members,
    nanos: members.reduce((sum, member) => sum + durationOf(tree, member), 0),
    errorCount: members.filter((member) => operationAt(tree, member)?.statusCode === 'ERROR').length,
    isSequentialCalls: members.length >= MIN_SEQUENTIAL_CALLS && areSequentialCalls(tree, members),
  });
}

function areSequentialCalls(tree: TraceTree, members: readonly number[]): boolean {
  return members.every((member, at) => {
    const next = members[at + 1];
    const end = startOf(tree, member) + durationOf(tree, member) * (1 - OVERLAP_TOLERANCE);
    return peerOf(tree, member) !== undefined && (next === undefined || startOf(tree, next) >= end);
  });
}

function isSame(tree: TraceTree, a: number | undefined, b: number): boolean {
  const [one, other] = [operationAt(tree, a ?? -1), operationAt(tree, b)];
  return (
    one !== undefined && one.name === other?.name && one.service === other.service && one.spanKind === other.spanKind
  );
}
