import type { ComponentCases } from '../cases.ts';
import { metricSteps } from '../metric-steps.ts';

const signals = ['metrics'];
const telemetry = (seed: number, every?: number) =>
  metricSteps({ seed, temporality: 1, requests: 20, ...(every !== undefined && { every }) });

/** Test cases for `delta_to_cumulative`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'delta_to_cumulative',
  configurations: [
    { name: 'defaults', config: {}, signals },
    ...[21, 22, 23, 24].map((seed) => ({ name: `deltas ${seed}`, config: {}, signals, steps: telemetry(seed) })),
    { name: 'regular deltas', config: {}, signals, steps: telemetry(25, 0) },
    { name: 'irregular deltas', config: {}, signals, steps: telemetry(26, 2) },
    { name: 'cumulative', config: {}, signals, steps: metricSteps({ seed: 27 }) },
    { name: 'mixed', config: {}, signals, steps: metricSteps({ seed: 28, temporality: 0, requests: 20 }) },
    ...[0, 1, 5, 20].map((max) => ({
      name: `at most ${max} streams`,
      config: { max_streams: max },
      signals,
      steps: telemetry(29),
    })),
    { name: 'long staleness', config: { max_stale: '24h' }, signals, steps: telemetry(30) },
    { name: 'both options', config: { max_stale: '1h', max_streams: 1000 }, signals, steps: telemetry(31) },
    { name: 'many buckets', config: {}, signals, steps: exponentialSteps(wideBuckets) },
    { name: 'zero thresholds', config: {}, signals, steps: exponentialSteps(zeroThresholds) },
    { name: 'no buckets', config: {}, signals, steps: exponentialSteps(emptyBuckets) },
    { name: 'no staleness', config: { max_stale: 0 }, signals },
    { name: 'negative staleness', config: { max_stale: '-1m' }, signals },
    { name: 'negative limit', config: { max_streams: -1 }, signals },
    { name: 'limit that is a text', config: { max_streams: 'many' }, signals },
    { name: 'unknown option', config: { max_age: '1m' }, signals },
  ],
};

function exponentialSteps(pointOf: (index: number) => object) {
  return Array.from({ length: 12 }, (_, index) => {
    const point = { timeUnixNano: String(1_600_000_000_000_000_000n + BigInt(index)), ...pointOf(index) };
    const exponentialHistogram = { aggregationTemporality: 1, dataPoints: [point] };
    return { send: { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'e', exponentialHistogram }] }] }] } };
  });
}

function wideBuckets(index: number): object {
  const bucketCounts = Array.from({ length: 40 }, (_, at) => String((at * index) % 5));
  const negative = { offset: -37 * index, bucketCounts };
  return {
    count: '80',
    sum: index,
    scale: 5 - (index % 3),
    positive: { offset: 53 * index - 200, bucketCounts },
    negative,
  };
}

function zeroThresholds(index: number): object {
  const bucketCounts = ['1', '2', '3', '4', '5', '6'];
  const zeroThreshold = [0, 0.25, 0.25, 0.3, 0.1, 1, 2][index % 7];
  return { count: '21', zeroCount: '2', zeroThreshold, scale: index % 2, positive: { offset: -4, bucketCounts } };
}

function emptyBuckets(index: number): object {
  const positive = index % 3 === 0 ? {} : { offset: index, bucketCounts: index % 3 === 1 ? [] : ['0', '1', '0'] };
  return { count: '1', scale: 3 - (index % 4), positive, negative: { offset: 3, bucketCounts: ['0', '0'] } };
}
