/** Counts of contiguous exponential histogram buckets. `offset` is the index of the first bucket. */
export interface ExponentialBucketCounts {
  readonly offset: number;
  readonly bucketCounts: ArrayLike<number>;
}

/**
 * Counts of at most `size` contiguous buckets. The slot of a bucket is its index modulo the capacity, so the range can
 * grow at both ends without moving counts. The capacity doubles as the range grows, because most histograms have few
 * buckets.
 */
export class ExponentialCounts implements ExponentialBucketCounts {
  readonly #size: number;
  #counts = NO_COUNTS;
  /** Indexes of the first and last buckets. Empty if the last is less than the first. */
  #first = 0;
  #last = -1;

  constructor(size: number) {
    this.#size = size;
  }

  /** Index of the first bucket, or 0 if there are no buckets. */
  get offset(): number {
    return this.#last < this.#first ? 0 : this.#first;
  }

  /** A copy of all bucket counts, from the first to the last. */
  get bucketCounts(): number[] {
    const counts: number[] = [];
    for (let index = this.#first; index <= this.#last; index++) counts.push(this.#counts[this.#slot(index)]);
    return counts;
  }

  /** Returns by how much the scale must be reduced for the buckets from `from` to `to` to fit. */
  excess(from: number, to = from): number {
    let first = from;
    let last = to;
    if (this.#last >= this.#first) {
      first = Math.min(this.#first, from);
      last = Math.max(this.#last, to);
    }
    let change = 0;
    while (last - first >= this.#size) {
      first >>= 1;
      last >>= 1;
      change++;
    }
    return change;
  }

  /** Adds `count` to a bucket, which must fit. */
  add(index: number, count: number): void {
    if (this.#last < this.#first) {
      this.#ensureCapacity(index, index);
      this.#first = index;
      this.#last = index;
    } else if (index < this.#first) {
      this.#ensureCapacity(index, this.#last);
      this.#first = index;
    } else if (index > this.#last) {
      this.#ensureCapacity(this.#first, index);
      this.#last = index;
    }
    this.#counts[this.#slot(index)] += count;
  }

  /** Merges groups of 2 ** `change` buckets. */
  downscale(change: number): void {
    if (this.#last < this.#first || change === 0) return;
    const [first, counts] = [this.#first, this.bucketCounts];
    // JavaScript takes shift counts modulo 32.
    const shift = Math.min(change, 31);
    this.clear();
    for (let i = 0; i < counts.length; i++) {
      // Inner buckets may be empty, but the outermost ones never are.
      if (counts[i] > 0) this.add((first + i) >> shift, counts[i]);
    }
  }

  clear(): void {
    this.#counts.fill(0);
    this.#first = 0;
    this.#last = -1;
  }

  #ensureCapacity(first: number, last: number): void {
    const needed = last - first + 1;
    if (needed <= this.#counts.length) return;
    let capacity = Math.max(this.#counts.length, MIN_CAPACITY);
    while (capacity < needed) capacity *= 2;
    const counts = this.bucketCounts;
    this.#counts = new Float64Array(Math.min(capacity, this.#size));
    for (let i = 0; i < counts.length; i++) this.#counts[this.#slot(this.#first + i)] = counts[i];
  }

  #slot(index: number): number {
    const rest = index % this.#counts.length;
    return rest < 0 ? rest + this.#counts.length : rest;
  }
}

const NO_COUNTS = new Float64Array(0);
const MIN_CAPACITY = 8;
