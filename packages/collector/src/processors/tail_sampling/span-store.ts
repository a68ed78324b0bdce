import type { ItemCursor } from '@otelier/otlp';
import { ItemCursor as Cursor } from '@otelier/otlp';
import { grown } from './tables/lists.ts';

/**
 * A block of memory with copies of request parts. It is reused once none of its spans are needed: a trace is decided a
 * fixed time after its first span, so blocks are freed in roughly the order in which they were filled.
 */
export interface Slab {
  readonly bytes: Uint8Array<ArrayBuffer>;
  used: number;
  /** Number of runs in use. */
  live: number;
  /** The contexts of its spans. */
  readonly contexts: number[];
  /** A cursor over the bytes, for conditions. */
  readonly cursor: ItemCursor;
}

/** The messages that contain some spans in a slab, as byte ranges: see `ItemCursor`. */
export interface SpanContext {
  slab: Slab;
  resourceGroupStart: number;
  resourceGroupEnd: number;
  scopeGroupStart: number;
  scopeGroupEnd: number;
}

/** Slab size. Larger parts get a slab of their own. */
const SLAB_BYTES = 1 << 20;

/** Memory per run. */
const RUN_BYTES = 16;

/**
 * Stores encoded spans without decoding them. The spans of a trace are stored as runs: consecutive spans in the same
 * scope. A part is copied once, as a whole, which takes 20 to 50 ns per span and requires no garbage collection
 * afterwards.
 */
export class SpanStore {
  /** Start and end of each run in its slab. */
  starts: Int32Array<ArrayBuffer> = new Int32Array(1024);
  ends: Int32Array<ArrayBuffer> = new Int32Array(1024);
  /** Context of each run. */
  runContexts: Int32Array<ArrayBuffer> = new Int32Array(1024);
  /** Next run of the same trace, or -1. */
  next: Int32Array<ArrayBuffer> = new Int32Array(1024);
  readonly contexts: SpanContext[] = [];
  readonly #freeContexts: number[] = [];
  readonly #freeSlabs: Slab[] = [];
  #current: Slab | undefined;
  #usedRuns = 0;
  #liveRuns = 0;
  #freeRun = -1;
  #slabBytes = 0;
  /** Number of slabs put into use since the last `trim`. */
  #taken = 0;

  /** Memory usage of slabs and runs, in bytes. */
  get sizeBytes(): number {
    return this.#slabBytes + RUN_BYTES * this.starts.length;
  }

  /** Returns the number of bytes that runs for `spanCount` more spans may allocate. */
  costOfRuns(spanCount: number): number {
    const { length } = this.starts;
    const needed = this.#liveRuns + spanCount;
    return needed <= length ? 0 : RUN_BYTES * (capacityFor(needed, length) - length);
  }

  /** Returns the number of bytes that `copy` would allocate for a part of the given size. */
  costOfPart(partBytes: number): number {
    const current = this.#current;
    if (current !== undefined && current.used + partBytes <= current.bytes.length) return 0;
    if (partBytes > SLAB_BYTES) return partBytes;
    return this.#freeSlabs.length > 0 ? 0 : SLAB_BYTES;
  }

  /** Copies a part and returns its slab and offset. */
  copy(part: Uint8Array): { readonly slab: Slab; readonly offset: number } {
    const slab = this.#slabFor(part.length);
    const offset = slab.used;
    slab.bytes.set(part, offset);
    slab.used += part.length;
    return { slab, offset };
  }

  /** Adds a context for spans in a slab and returns its number. */
  addContext(
    slab: Slab,
    resourceGroupStart: number,
    resourceGroupEnd: number,
    scopeGroupStart: number,
    scopeGroupEnd: number,
  ): number {
    const reused = this.#freeContexts.pop();
    const number = reused ?? this.contexts.length;
    const context = this.contexts[number];
    if (context === undefined) {
      this.contexts.push({ slab, resourceGroupStart, resourceGroupEnd, scopeGroupStart, scopeGroupEnd });
    } else {
      context.slab = slab;
      context.resourceGroupStart = resourceGroupStart;
      context.resourceGroupEnd = resourceGroupEnd;
      context.scopeGroupStart = scopeGroupStart;
      context.scopeGroupEnd = scopeGroupEnd;
    }
    slab.contexts.push(number);
    return number;
  }

  /** Adds a run and returns its number. */
  addRun(slab: Slab, context: number, start: number, end: number): number {
    let run = this.#freeRun;
    if (run >= 0) {
      this.#freeRun = this.next[run];
    } else {
      run = this.#usedRuns++;
      if (run === this.starts.length) this.#growRuns();
    }
    this.starts[run] = start;
    this.ends[run] = end;
    this.runContexts[run] = context;
    this.next[run] = -1;
    this.#liveRuns += 1;
    slab.live += 1;
    return run;
  }

  /** Frees the runs of a trace, starting at its first run. */
  free(first: number): void {
    for (let run = first; run >= 0; ) {
      const following = this.next[run];
      const { slab } = this.contexts[this.runContexts[run]];
      this.next[run] = this.#freeRun;
      this.#freeRun = run;
      this.#liveRuns -= 1;
      slab.live -= 1;
      if (slab.live === 0 && slab !== this.#current) this.#recycle(slab);
      run = following;
    }
  }

  /** Releases free slabs that have not been needed since the last call. */
  trim(): void {
    this.#dropFree(this.#taken);
    if (this.#taken === 0 && this.#current?.live === 0) {
      this.#drop(this.#current);
      this.#current = undefined;
    }
    this.#taken = 0;
  }

  /** Releases all free slabs. Returns whether there were any. */
  dropFree(): boolean {
    const before = this.#slabBytes;
    this.#dropFree(0);
    return this.#slabBytes < before;
  }

  #dropFree(kept: number): void {
    while (this.#freeSlabs.length > kept) this.#drop(this.#freeSlabs.pop());
  }

  #slabFor(partBytes: number): Slab {
    const before = this.#current;
    if (before !== undefined && before.used + partBytes <= before.bytes.length) return before;
    this.#current = undefined;
    if (before?.live === 0) this.#recycle(before);
    const free = partBytes > SLAB_BYTES ? undefined : this.#freeSlabs.pop();
    this.#taken += 1;
    this.#current = free ?? this.#newSlab(Math.max(partBytes, SLAB_BYTES));
    return this.#current;
  }

  #newSlab(sizeBytes: number): Slab {
    const bytes = new Uint8Array(sizeBytes);
    this.#slabBytes += sizeBytes;
    return { bytes, used: 0, live: 0, contexts: [], cursor: new Cursor(bytes) };
  }

  #recycle(slab: Slab): void {
    for (const context of slab.contexts) this.#freeContexts.push(context);
    slab.contexts.length = 0;
    slab.used = 0;
    if (slab.bytes.length === SLAB_BYTES) this.#freeSlabs.push(slab);
    else this.#drop(slab);
  }

  #drop(slab: Slab | undefined): void {
    if (slab !== undefined) this.#slabBytes -= slab.bytes.length;
  }

  #growRuns(): void {
    const length = 2 * this.starts.length;
    this.starts = grown(this.starts, length);
    this.ends = grown(this.ends, length);
    this.runContexts = grown(this.runContexts, length);
    this.next = grown(this.next, length);
  }
}

function capacityFor(count: number, capacity: number): number {
  let enough = capacity;
  while (enough < count) enough *= 2;
  return enough;
}
