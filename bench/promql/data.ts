import { encodeV2 } from '../../packages/query/src/prometheus/write/remote-write.testing.ts';
import { createRandom } from '../../test/interop/prometheus/random.ts';

/** Time between samples, and the step of the queries, in milliseconds. */
export const STEP_MILLIS = 15_000;
const COUNTERS = 1000;
const HISTOGRAMS = 100;
const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '+Inf'];
/** Samples of each series in a request. */
const SAMPLES_PER_REQUEST = 10;

/**
 * Generates remote write requests in time order: 1,000 counters, and the buckets of 100 histograms with ten bounds, with
 * `steps` samples each up to `end`.
 */
export function* generateRequests(end: number, steps: number): Generator<Uint8Array> {
  const random = createRandom(1);
  const counters = Array.from({ length: COUNTERS }, () => 0);
  const buckets = Array.from({ length: HISTOGRAMS * BOUNDS.length }, () => 0);
  for (let first = 0; first < steps; first += SAMPLES_PER_REQUEST) {
    const times = Array.from({ length: Math.min(SAMPLES_PER_REQUEST, steps - first) }, (_, index) => {
      return end - (steps - 1 - first - index) * STEP_MILLIS;
    });
    const rows = times.map(() => {
      for (let index = 0; index < buckets.length; index++) buckets[index] += Math.floor(random() * 5);
      return buckets.map((_, index) => sumTo(buckets, index));
    });
    yield encodeV2([
      ...counters.map((_, index) => ({
        labels: { __name__: 'requests_total', job: 'shop', instance: `shop-${index % 50}:80`, path: `/item/${index}` },
        samples: times.map((timestamp) => {
          counters[index] = random() < 0.001 ? 0 : counters[index] + Math.floor(random() * 100);
          return { timestamp, value: counters[index] };
        }),
      })),
      ...buckets.map((_, index) => ({
        labels: {
          ...{ __name__: 'latency_bucket', job: 'shop', instance: `shop-${Math.floor(index / BOUNDS.length)}:80` },
          le: BOUNDS[index % BOUNDS.length] ?? '',
        },
        samples: times.map((timestamp, at) => ({ timestamp, value: rows[at]?.[index] ?? 0 })),
      })),
    ]);
  }
}

/** Returns the cumulative count of a bucket: its own and those of the bounds below. */
function sumTo(buckets: readonly number[], index: number): number {
  let sum = 0;
  for (let at = index - (index % BOUNDS.length); at <= index; at++) sum += buckets[at] ?? 0;
  return sum;
}
