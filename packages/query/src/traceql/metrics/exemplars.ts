import { type Intervals, intervalOf } from './intervals.ts';

const PER_BUCKET = 2;

/** Limits the exemplars of a query, evenly over its range. */
export class ExemplarSampler {
  readonly #intervals: Intervals;
  readonly #limit: number;
  readonly #buckets: Map<number, number> = new Map();
  #count = 0;

  constructor(intervals: Intervals, limit: number) {
    this.#intervals = intervals;
    this.#limit = limit;
  }

  /** Reports whether a span that starts at a time is an exemplar. */
  accepts(time: bigint): boolean {
    if (this.#count >= this.#limit || intervalOf(this.#intervals, time) < 0) return false;
    const { start, end } = this.#intervals;
    const buckets = Math.max(1, Math.floor(this.#limit / PER_BUCKET));
    const bucket = end === start ? 0 : Math.floor((Number(time - start) / Number(end - start)) * buckets);
    const held = this.#buckets.get(bucket) ?? 0;
    if (held >= PER_BUCKET) return false;
    this.#buckets.set(bucket, held + 1);
    this.#count += 1;
    return true;
  }
}
