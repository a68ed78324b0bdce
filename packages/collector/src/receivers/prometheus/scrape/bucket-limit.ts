import type { NativeBuckets, NativeHistogram } from '../parse/exposition.ts';

const MIN_SCHEMA = -4;
const MAX_SCHEMA = 8;

/**
 * Reduces the resolution of a histogram until it has at most `limit` buckets and each is at least `minFactor` times as wide
 * as the one before. 0 means no limit. Returns `undefined` if there are still too many.
 */
export function limitBuckets(
  histogram: NativeHistogram,
  limit: number,
  minFactor: number,
): NativeHistogram | undefined {
  let result = histogram;
  const maxSchema = minFactor <= 1 ? MAX_SCHEMA : Math.floor(-Math.log2(Math.log2(minFactor)));
  while (result.schema > Math.max(MIN_SCHEMA, maxSchema)) result = halved(result);
  if (limit === 0) return result;
  const size = ({ positive, negative }: NativeHistogram): number => positive.counts.length + negative.counts.length;
  while (size(result) > limit) {
    if (result.schema <= MIN_SCHEMA) return undefined;
    result = halved(result);
  }
  return result;
}

/** Merges each two buckets. */
function halved(histogram: NativeHistogram): NativeHistogram {
  return {
    ...histogram,
    schema: histogram.schema - 1,
    positive: mergedBuckets(histogram.positive),
    negative: mergedBuckets(histogram.negative),
  };
}

function mergedBuckets({ spans, counts }: NativeBuckets): NativeBuckets {
  const merged = new Map<number, number>();
  let bucket = 0;
  let position = 0;
  for (const { offset, length } of spans) {
    bucket += offset;
    for (let end = position + length; position < end; position++, bucket++) {
      // The bucket that ends at 1 has index 0, so that those with indexes 2n − 1 and 2n become n.
      const index = Math.ceil(bucket / 2);
      merged.set(index, (merged.get(index) ?? 0) + (counts[position] ?? 0));
    }
  }
  const result: { offset: number; length: number }[] = [];
  let next = 0;
  for (const index of merged.keys()) {
    const last = result.at(-1);
    if (last !== undefined && index === next) last.length += 1;
    else result.push({ offset: index - next, length: 1 });
    next = index + 1;
  }
  return { spans: result, counts: [...merged.values()] };
}
