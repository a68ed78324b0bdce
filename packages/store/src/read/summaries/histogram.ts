import { middleOf } from '../../summaries/durations.ts';

/** Number of buckets in a page, as a power of two. A page is a decade of durations. */
const PAGE_BITS = 6;
const PAGE = 1 << PAGE_BITS;

/** Requests with the distribution of their durations. */
export class RequestStats {
  count = 0;
  errors = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  readonly #pages: (Uint32Array | undefined)[] = [];

  add(count: number, errors: number, sum: number, min: number, max: number): void {
    this.count += count;
    this.errors += errors;
    this.sum += sum;
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
  }

  addBucket(bucket: number, count: number): void {
    let page = this.#pages[bucket >>> PAGE_BITS];
    if (page === undefined) {
      page = new Uint32Array(PAGE);
      this.#pages[bucket >>> PAGE_BITS] = page;
    }
    const at = bucket & (PAGE - 1);
    page[at] = (page[at] as number) + count;
  }

  /** Calls `visit` for each bucket with requests, in ascending order. */
  forEachBucket(visit: (bucket: number, count: number) => void): void {
    this.#pages.forEach((page, index) => {
      page?.forEach((count, at) => {
        if (count > 0) visit(index * PAGE + at, count);
      });
    });
  }

  /** Returns the duration that a share of the requests does not exceed, to 1.8 %. */
  quantile(share: number): number | undefined {
    if (this.count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.count));
    if (rank === this.count) return this.max;
    let below = 0;
    let found: number | undefined;
    this.forEachBucket((bucket, count) => {
      below += count;
      if (found === undefined && below >= rank) found = bucket;
    });
    return Math.min(this.max, Math.max(this.min, middleOf(found ?? 0)));
  }
}
