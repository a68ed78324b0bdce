import type { Batch } from '@otelier/otlp';
import type { BatchSizes, SizeCounts } from '@otelier/query';

/** Upper bounds of the buckets for numbers of items: those of the Collector, so that its dashboards work. */
export const ITEM_BOUNDS: readonly number[] = [
  ...[10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 20_000],
  ...[30_000, 50_000, 100_000],
];

/** Upper bounds of the buckets for bytes: the powers of two from 128 B to 16 MiB, as in the Collector. */
export const BYTE_BOUNDS: readonly number[] = Array.from({ length: 18 }, (_, index) => 128 * 2 ** index);

/** A histogram with fixed bounds. */
export class FixedHistogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  record(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  counts(): SizeCounts {
    const buckets: Record<string, number> = {};
    for (const [index, count] of this.#counts.entries())
      if (count > 0) buckets[String(this.#bounds[index] ?? Number.POSITIVE_INFINITY)] = count;
    return { buckets, sum: this.#sum };
  }
}

/** Counts batches by their number of items and bytes. Recording one takes a few additions. */
export class BatchSizeHistograms {
  readonly #items = new FixedHistogram(ITEM_BOUNDS);
  readonly #bytes = new FixedHistogram(BYTE_BOUNDS);

  record({ itemCount, sizeBytes }: Pick<Batch, 'itemCount' | 'sizeBytes'>): void {
    this.#items.record(itemCount);
    this.#bytes.record(sizeBytes);
  }

  sizes(): BatchSizes {
    return { items: this.#items.counts(), bytes: this.#bytes.counts() };
  }
}
