import { getHeapStatistics } from 'node:v8';

/** Reports the JavaScript memory in use. */
export interface MemoryInUse {
  /** Returns heap and external memory in bytes. Unlike the resident size, it excludes memory cached by the allocator. */
  bytes(): number;
}

/** Memory of this thread. Unlike `process.memoryUsage`, it opens no file, so it works without free descriptors. */
export const ownMemory: MemoryInUse = {
  bytes() {
    const { used_heap_size: heapUsed, external_memory: external } = getHeapStatistics();
    return heapUsed + external;
  },
};

/** Memory of all threads. Each thread publishes the size of its own heap in shared memory. */
export class ThreadMemory implements MemoryInUse {
  readonly #slots: Float64Array;
  readonly #own: number;

  /** `shared` has eight bytes for each thread; `thread` counts from 0. */
  constructor(shared: SharedArrayBuffer, thread: number) {
    this.#slots = new Float64Array(shared);
    this.#own = thread;
  }

  /** Updates the value of this thread and returns the sum of all threads. */
  bytes(): number {
    this.#slots[this.#own] = ownMemory.bytes();
    return this.#slots.reduce((sum, bytes) => sum + bytes, 0);
  }
}
