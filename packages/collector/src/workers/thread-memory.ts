import { getHeapStatistics } from 'node:v8';

/** Memory that JavaScript has in use, in this thread and those that share the figures with it. */
export interface MemoryInUse {
  /** Heap and what hangs on it, in bytes. The resident size would include what the allocator keeps for later. */
  bytes(): number;
}

/** Of a process with one thread. `process.memoryUsage` opens a file, and throws when no descriptor is left. */
export const ownMemory: MemoryInUse = {
  bytes() {
    const { used_heap_size: heapUsed, external_memory: external } = getHeapStatistics();
    return heapUsed + external;
  },
};

/** Each thread sees its own heap only, so each writes down what it has, and all can read the sum. */
export class ThreadMemory implements MemoryInUse {
  readonly #slots: Float64Array;
  readonly #own: number;

  /** `shared` has eight bytes for each thread; `thread` counts from 0. */
  constructor(shared: SharedArrayBuffer, thread: number) {
    this.#slots = new Float64Array(shared);
    this.#own = thread;
  }

  /** Also brings this thread's part up to now, for the others. */
  bytes(): number {
    this.#slots[this.#own] = ownMemory.bytes();
    return this.#slots.reduce((sum, bytes) => sum + bytes, 0);
  }
}
