import { Decision } from './policy.ts';
import { IdTable } from './tables/id-table.ts';
import { grown, Lists } from './tables/lists.ts';
import { Wheel } from './tables/wheel.ts';

/** The traces in memory, stored in typed arrays by trace index. */
export class Traces {
  readonly table: IdTable;
  /** The pending traces. */
  readonly wheel: Wheel;
  /** First and last run of each trace's spans, or -1. */
  firstRuns: Int32Array<ArrayBuffer>;
  lastRuns: Int32Array<ArrayBuffer>;
  spanCounts: Int32Array<ArrayBuffer>;
  /** Number of spans of pending traces. */
  pendingSpans = 0;
  /** Encoded size of each trace, if it is limited. */
  sizesBytes: Float64Array<ArrayBuffer>;
  /** `Decision` for each trace. */
  decisions: Uint8Array<ArrayBuffer>;
  /** 1 for a trace rejected by its ID, whose spans are not stored. */
  rejected: Uint8Array<ArrayBuffer>;
  /** All traces, oldest first. */
  readonly #order = new Lists(1);

  constructor(waitTicks: number, random: () => number) {
    this.table = new IdTable(random);
    this.wheel = new Wheel(waitTicks);
    const { capacity } = this.table;
    this.firstRuns = new Int32Array(capacity);
    this.lastRuns = new Int32Array(capacity);
    this.spanCounts = new Int32Array(capacity);
    this.sizesBytes = new Float64Array(capacity);
    this.decisions = new Uint8Array(capacity);
    this.rejected = new Uint8Array(capacity);
    this.wheel.grow(capacity);
    this.#order.grow(capacity);
  }

  get count(): number {
    return this.table.count;
  }

  /** Memory usage of the table and its arrays, in bytes. */
  get sizeBytes(): number {
    return this.table.sizeBytes + BYTES_PER_TRACE * this.table.capacity;
  }

  /** Returns the number of bytes that the table allocates before it contains `count` traces. */
  costOf(count: number): number {
    const { capacity } = this.table;
    let factor = 1;
    while (factor * capacity < count) factor *= 2;
    return (factor - 1) * this.sizeBytes;
  }

  /** The oldest trace, or -1 if there is none. */
  get oldest(): number {
    return this.#order.heads[0];
  }

  /** Returns the oldest decided trace, or -1 if there is none. */
  oldestDecided(): number {
    let index = this.oldest;
    while (index >= 0 && this.decisions[index] === Decision.pending) index = this.#order.after(index);
    return index;
  }

  /** Adds a pending trace and returns its index. */
  add(id0: number, id1: number, id2: number, id3: number, tenant: number): number {
    const index = this.table.insert(id0, id1, id2, id3, tenant);
    if (this.decisions.length < this.table.capacity) this.#grow(this.table.capacity);
    this.firstRuns[index] = -1;
    this.lastRuns[index] = -1;
    this.spanCounts[index] = 0;
    this.sizesBytes[index] = 0;
    this.decisions[index] = Decision.pending;
    this.rejected[index] = 0;
    this.wheel.add(index);
    this.#order.push(0, index);
    return index;
  }

  /** Removes a trace that is not pending. */
  remove(index: number): void {
    this.#order.remove(0, index);
    this.table.remove(index);
  }

  /** Appends a run to a trace. */
  append(index: number, run: number, next: Int32Array): void {
    const last = this.lastRuns[index];
    if (last < 0) this.firstRuns[index] = run;
    else next[last] = run;
    this.lastRuns[index] = run;
  }

  #grow(capacity: number): void {
    this.firstRuns = grown(this.firstRuns, capacity);
    this.lastRuns = grown(this.lastRuns, capacity);
    this.spanCounts = grown(this.spanCounts, capacity);
    this.sizesBytes = copied(this.sizesBytes, new Float64Array(capacity));
    this.decisions = copied(this.decisions, new Uint8Array(capacity));
    this.rejected = copied(this.rejected, new Uint8Array(capacity));
    this.wheel.grow(capacity);
    this.#order.grow(capacity);
  }
}

/** Three run and span IDs, the size, two flags, and two lists. */
const BYTES_PER_TRACE = 12 + 8 + 2 + 12 + 8 + 8;

function copied<T extends Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
