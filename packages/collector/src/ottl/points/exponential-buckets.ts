import type { MutableBuckets } from '../../metrics/exponential-point.ts';

/** Buckets farther apart than this, which does not occur in real histograms, are not merged. */
const MAX_BUCKETS = 1_000_000;

/** Adds buckets of equal scale, as the Collector does. */
export function addBuckets(buckets: MutableBuckets, added: MutableBuckets): void {
  const distance = added.offset - buckets.offset;
  // The Collector prepends lower buckets without regard to gaps and overlaps.
  if (distance < 0)
    buckets.bucketCounts = added.bucketCounts.filter((count) => count > 0n).concat(buckets.bucketCounts);
  const { bucketCounts } = buckets;
  if (distance >= 0 && distance + added.bucketCounts.length <= MAX_BUCKETS) {
    for (const [index, count] of added.bucketCounts.entries()) {
      if (distance > 0 && count === 0n) continue;
      while (bucketCounts.length <= index + distance) bucketCounts.push(0n);
      bucketCounts[index + distance] = BigInt.asUintN(64, (bucketCounts[index + distance] ?? 0n) + count);
    }
  }
  if (distance === 0 || added.bucketCounts.length === 0) return;
  buckets.offset = Math.min(buckets.offset, added.offset);
  const first = bucketCounts.findIndex((count) => count > 0n);
  if (first !== 0) bucketCounts.splice(0, first < 0 ? bucketCounts.length : first);
}
