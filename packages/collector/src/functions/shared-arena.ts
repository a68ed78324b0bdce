/** Size of the memory that a thread shares with the service. The system provides only what is used. */
const ARENA_BYTES = 8 * 2 ** 20;

/**
 * Memory shared with a function thread, in which requests and their results are passed. Copying into memory that was used
 * just before takes a fraction of the time of a message, which allocates on both sides.
 */
export class SharedArena {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(ARENA_BYTES);
  readonly #bytes = new Uint8Array(this.memory);
  /** The regions in use, by offset. */
  readonly #used: Region[] = [];

  /** Copies arrays into a free region, the lowest one, and returns it; `undefined` if there is none. */
  put(parts: readonly Uint8Array[]): Region | undefined {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const region = this.#allocate(size);
    if (region === undefined) return undefined;
    let { offset } = region;
    for (const part of parts) {
      this.#bytes.set(part, offset);
      offset += part.length;
    }
    return region;
  }

  /** Copies bytes out of the arena. */
  read(offset: number, target: Uint8Array): void {
    target.set(this.#bytes.subarray(offset, offset + target.length));
  }

  release(region: Region): void {
    const index = this.#used.indexOf(region);
    if (index >= 0) this.#used.splice(index, 1);
  }

  /** Frees all regions, once the thread that used them has ended. */
  clear(): void {
    this.#used.length = 0;
  }

  #allocate(size: number): Region | undefined {
    let offset = 0;
    let index = 0;
    for (const used of this.#used) {
      if (used.offset - offset >= size) break;
      offset = used.offset + used.size;
      index += 1;
    }
    if (offset + size > ARENA_BYTES) return undefined;
    const region = { offset, size };
    this.#used.splice(index, 0, region);
    return region;
  }
}

/** A part of an arena. */
export interface Region {
  readonly offset: number;
  readonly size: number;
}
