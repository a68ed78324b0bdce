import { type FloatHistogram, isCustom } from '../histogram/float-histogram.ts';
import { allBuckets } from '../histogram/iterate.ts';
import { increase } from '../kahan.ts';

/** Functions of native histograms. */
export const HISTOGRAM_FUNCTIONS: ReadonlyMap<string, (histogram: FloatHistogram) => number> = new Map(
  Object.entries({
    histogram_avg: ({ sum, count }: FloatHistogram) => sum / count,
    histogram_count: ({ count }: FloatHistogram) => count,
    histogram_stddev: (histogram: FloatHistogram) => Math.sqrt(variance(histogram)),
    histogram_stdvar: variance,
    histogram_sum: ({ sum }: FloatHistogram) => sum,
  }),
);

/** Estimates the variance, as if all observations of a bucket were in its middle. */
function variance(histogram: FloatHistogram): number {
  const mean = histogram.sum / histogram.count;
  let [total, error] = [0, 0];
  for (const { lower, upper, count } of allBuckets(histogram)) {
    if (count === 0) continue;
    const delta = middle(lower, upper, isCustom(histogram)) - mean;
    [total, error] = increase(count * delta * delta, total, error);
  }
  return (total + error) / histogram.count;
}

function middle(lower: number, upper: number, custom: boolean): number {
  if (custom) return (upper + lower) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  const mean = Math.sqrt(upper * lower);
  return upper < 0 ? -mean : mean;
}
