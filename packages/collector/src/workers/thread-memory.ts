import { getHeapStatistics } from 'node:v8';

/** Reports the JavaScript memory in use. */
export interface MemoryInUse {
  /**
   * Returns the heap and external memory in bytes. Unlike the resident set size, it excludes memory cached by the
   * allocator.
   */
  bytes(): number;
}

/**
 * The memory of this thread. Unlike `process.memoryUsage`, it opens no file, so it works when no file descriptors are
 * left.
 */
export const ownMemory: MemoryInUse = {
  bytes() {
    const { used_heap_size: heapUsed, external_memory: external } = getHeapStatistics();
    return heapUsed + external;
  },
};

/** The memory of all threads. Each thread publishes its own heap size in shared memory. */
export class ThreadMemory implements MemoryInUse {
  readonly #slots: Float64Array;
  readonly #own: number;

  /** `shared` has eight bytes per thread; `thread` is 0-based. */
  constructor(shared: SharedArrayBuffer, thread: number) {
    this.#slots = new Float64Array(shared);
    this.#own = thread;
  }

  /** Updates this thread's value and returns the sum over all threads. */
  bytes(): number {
    this.#slots[this.#own] = ownMemory.bytes();
    return this.#slots.reduce((sum, bytes) => sum + bytes, 0);
  }
}
