import type { Distribution, ExponentialBuckets, MetricSamples } from '@otelier/store';
import { add, toSchema } from '../../promql/histogram/arithmetic.ts';
import type { Buckets } from '../../promql/histogram/buckets.ts';
import { compact, EMPTY_HISTOGRAM, type FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import type { Labels } from '../../promql/labels/labels.ts';
import { SAMPLE, type SampleSeries } from '../../promql/source.ts';

/** The highest resolution of native histograms. */
const MAX_SCHEMA = 8;
const MIN_SCHEMA = -4;

/** Converts the points of an exponential histogram to native histograms. Those of a delta stream are accumulated. */
export function nativeSeries(samples: MetricSamples, labels: Labels): SampleSeries {
  const { times, startTimes, stale, stream, distributions = [] } = samples;
  const isDelta = stream.temporality === 'delta';
  let total: FloatHistogram | undefined;
  const histograms = distributions.map((distribution, index) => {
    if (stale[index] === 1) return undefined;
    const histogram = nativeHistogram(distribution);
    if (!isDelta) return histogram;
    total = total === undefined ? histogram : add(total, histogram).histogram;
    return total;
  });
  const starts = isDelta ? new Float64Array(times.length).fill(startTimes[0] ?? 0) : startTimes;
  const kinds = stale.map((flag) => (flag === 1 ? SAMPLE.stale : SAMPLE.histogram));
  const values = new Float64Array(times.length).fill(Number.NaN);
  return { labels, times, values, kinds, histograms, startTimes: starts };
}

/** Converts the point of an exponential histogram to a native histogram. */
export function nativeHistogram(distribution: Distribution): FloatHistogram {
  const { scale, count, sum, zeroCount, zeroThreshold, positive, negative } = distribution;
  const exact = {
    ...EMPTY_HISTOGRAM,
    schema: scale,
    count,
    sum,
    zeroCount,
    zeroThreshold,
    positive: bucketsOf(positive),
    negative: bucketsOf(negative),
  };
  // Buckets of coarser scales than -4 have no equivalent, but cover more than four billion-fold values each.
  const schema = Math.max(MIN_SCHEMA, Math.min(MAX_SCHEMA, scale));
  return compact(schema < scale ? toSchema(exact, schema) : { ...exact, schema });
}

/** The bucket with index 0 begins at 1 in OpenTelemetry, and ends at 1 in Prometheus. */
function bucketsOf({ offset, counts }: ExponentialBuckets): Buckets {
  return { counts, indexes: counts.map((_, index) => offset + index + 1) };
}
