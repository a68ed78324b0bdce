/** Number of hashes that are kept. With more values, their number is estimated with a standard error of 3 %. */
const KEPT = 1024;

/**
 * Counts distinct values by the smallest of their hashes (k minimum values: Bar-Yossef et al., "Counting Distinct
 * Elements in a Data Stream", 2002), in bounded memory. Up to `KEPT` values, the number is exact.
 */
export class DistinctValues {
  /** The smallest hashes, from 0 to 1; up to twice as many before they are sorted. */
  #hashes = new Set<number>();
  #limit = Number.POSITIVE_INFINITY;

  add(hash: number): void {
    if (hash >= this.#limit) return;
    this.#hashes.add(hash);
    if (this.#hashes.size >= KEPT * 2) this.#cut();
  }

  addAll(others: Iterable<number>): void {
    for (const hash of others) this.add(hash);
  }

  /** The smallest hashes. */
  get hashes(): readonly number[] {
    if (this.#hashes.size > KEPT) this.#cut();
    return [...this.#hashes];
  }

  get estimate(): { readonly values: number; readonly isExact: boolean } {
    const { hashes } = this;
    if (this.#limit === Number.POSITIVE_INFINITY) return { values: hashes.length, isExact: true };
    return { values: Math.round((KEPT - 1) / Math.max(...hashes)), isExact: false };
  }

  #cut(): void {
    const smallest = [...this.#hashes].sort((a, b) => a - b).slice(0, KEPT);
    this.#hashes = new Set(smallest);
    this.#limit = smallest[KEPT - 1] ?? Number.POSITIVE_INFINITY;
  }
}

/** Returns the hash of bytes: an even number from 0 to 1. */
export function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = from; at < to; at++) {
    low = Math.imul(low ^ bytes[at], 0x01000193);
    high = Math.imul(high ^ bytes[at], 0x85ebca6b) ^ (high >>> 13);
  }
  return ((mix(high ^ low) >>> 5) * 67_108_864 + (mix(low) >>> 6)) / 9_007_199_254_740_992;
}

/** The final mix of MurmurHash3. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
