import type { TestSeries } from '../../../packages/query/src/prometheus/write/remote-write.testing.ts';
import { createRandom } from './random.ts';

const STEP_MILLIS = 15_000;
const STEPS = 240;
const BOUNDS = ['0.1', '0.5', '1', '5', '+Inf'];

/** Generates an hour of series that end at `end`: counters with resets, gauges with gaps, and histograms of both forms. */
export function generateSeries(seed: number, end: number): TestSeries[] {
  const random = createRandom(seed);
  const times = Array.from({ length: STEPS }, (_, index) => end - (STEPS - 1 - index) * STEP_MILLIS);
  const result: TestSeries[] = [];
  for (const instance of ['a:1', 'b:1', 'c:1']) {
    for (const method of ['get', 'post']) {
      const labels = { job: 'shop', instance, method };
      result.push(counter({ ...labels, __name__: 'requests_total' }, times, random));
      result.push(gauge({ ...labels, __name__: 'temperature' }, times, random));
      result.push(native({ ...labels, __name__: 'size' }, times, random));
    }
    const counts = BOUNDS.map(() => 0);
    const rows = times.map(() => {
      let sum = 0;
      return counts.map((count, index) => {
        counts[index] = count + Math.floor(random() * 5);
        sum += counts[index];
        return sum;
      });
    });
    BOUNDS.forEach((le, index) => {
      const samples = times.map((timestamp, at) => ({ timestamp, value: rows[at]?.[index] ?? 0 }));
      result.push({ labels: { __name__: 'latency_bucket', job: 'shop', instance, le }, samples });
    });
  }
  return result;
}

function counter(labels: TestSeries['labels'], times: readonly number[], random: () => number): TestSeries {
  let value = 0;
  const samples = times.map((timestamp) => {
    value = random() < 0.02 ? random() : value + random() * 10;
    return { timestamp, value };
  });
  return { labels, samples };
}

function gauge(labels: TestSeries['labels'], times: readonly number[], random: () => number): TestSeries {
  const samples = times.flatMap((timestamp) => {
    if (random() < 0.1) return [];
    const odd = random();
    const value = odd < 0.01 ? Number.NaN : odd < 0.02 ? Number.POSITIVE_INFINITY : (random() - 0.5) * 100;
    return [{ timestamp, value }];
  });
  return { labels, samples };
}

/** Returns a native histogram of two buckets on either side and a zero bucket. */
function native(labels: TestSeries['labels'], times: readonly number[], random: () => number): TestSeries {
  // Empty buckets are not kept by OTLP.
  const counts = [1, 1, 1, 1, 1];
  let sum = 0;
  const histograms = times.map((timestamp) => {
    const isReset = random() < 0.02;
    counts.forEach((count, index) => {
      counts[index] = (isReset ? 1 : count) + Math.floor(random() * 4);
    });
    sum = isReset ? 1 : sum + random() * 5;
    const [zero = 0, a = 0, b = 0, c = 0, d = 0] = counts;
    return {
      timestamp,
      count_int: zero + a + b + c + d,
      sum,
      schema: 1,
      zero_threshold: 0.001,
      zero_count_int: zero,
      negative_spans: [{ offset: 0, length: 1 }],
      negative_deltas: [a],
      positive_spans: [
        { offset: 1, length: 2 },
        { offset: 1, length: 1 },
      ],
      positive_deltas: [b, c - b, d - c],
    };
  });
  return { labels, histograms };
}
