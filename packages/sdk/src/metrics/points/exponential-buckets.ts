import type { BucketsData } from '../../wire/histogram.ts';

/**
 * Counts of contiguous buckets, at most `size`. The slot of a bucket is its index modulo `size`, so that the range can
 * grow at both ends without moving counts.
 */
export class ExponentialBuckets {
  readonly #size: number;
  /** Allocated on first use: most histograms have no negative values. */
  #counts = NO_COUNTS;
  /** Indexes of the first and last bucket. Empty if the last is before the first. */
  #first = 0;
  #last = -1;

  constructor(size: number) {
    this.#size = size;
  }

  /** Returns by how much the scale must be reduced so that the bucket `index` fits. */
  excess(index: number): number {
    if (this.#last < this.#first) return 0;
    let first = Math.min(this.#first, index);
    let last = Math.max(this.#last, index);
    let change = 0;
    while (last - first >= this.#size) {
      first >>= 1;
      last >>= 1;
      change++;
    }
    return change;
  }

  /** Adds to a bucket, which must fit. */
  add(index: number, count: number): void {
    if (this.#counts.length === 0) this.#counts = new Float64Array(this.#size);
    if (this.#last < this.#first) {
      this.#first = index;
      this.#last = index;
    } else if (index < this.#first) this.#first = index;
    else if (index > this.#last) this.#last = index;
    this.#counts[this.#slot(index)] += count;
  }

  /** Merges groups of 2 ** `change` buckets. */
  downscale(change: number): void {
    if (this.#last < this.#first || change === 0) return;
    const [first, last, counts] = [this.#first, this.#last, this.#counts];
    this.#counts = NO_COUNTS;
    this.#last = this.#first - 1;
    for (let index = first; index <= last; index++) {
      // Inner buckets may be empty, but the outermost ones never are.
      const count = counts[this.#slot(index)];
      if (count > 0) this.add(index >> change, count);
    }
  }

  /** Returns all buckets from the first to the last. */
  data(): BucketsData {
    const bucketCounts = Array.from(
      { length: this.#last - this.#first + 1 },
      (_, i) => this.#counts[this.#slot(this.#first + i)],
    );
    return { offset: bucketCounts.length === 0 ? 0 : this.#first, bucketCounts };
  }

  clear(): void {
    this.#counts.fill(0);
    this.#first = 0;
    this.#last = -1;
  }

  #slot(index: number): number {
    const rest = index % this.#size;
    return rest < 0 ? rest + this.#size : rest;
  }
}

const NO_COUNTS = new Float64Array(0);
