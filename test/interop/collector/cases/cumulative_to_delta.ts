import type { ComponentCases } from '../cases.ts';
import { FUTURE_NANOS, metricSteps } from '../metric-steps.ts';

const signals = ['metrics'];
const steps = metricSteps({ seed: 11 });
const later = metricSteps({ seed: 12, baseNanos: FUTURE_NANOS });

/** Test cases for `cumulative_to_delta`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'cumulative_to_delta',
  configurations: [
    { name: 'defaults', config: {}, signals },
    { name: 'defaults, before the start', config: {}, signals, steps },
    { name: 'defaults, after the start', config: {}, signals, steps: later },
    { name: 'auto', config: { initial_value: 'auto' }, signals, steps: later },
    { name: 'keep', config: { initial_value: 'keep' }, signals, steps },
    { name: 'keep, all kinds of values', config: { initial_value: 'keep' }, signals },
    { name: 'drop', config: { initial_value: 'drop' }, signals, steps },
    {
      name: 'other telemetry',
      config: { initial_value: 'keep' },
      signals,
      steps: metricSteps({ seed: 13, requests: 30 }),
    },
    {
      name: 'regular telemetry',
      config: { initial_value: 'keep' },
      signals,
      steps: metricSteps({ seed: 14, every: 0 }),
    },
    {
      name: 'mixed temporality',
      config: { initial_value: 'keep' },
      signals,
      steps: metricSteps({ seed: 15, temporality: 0 }),
    },
    { name: 'deltas', config: {}, signals, steps: metricSteps({ seed: 16, temporality: 1 }) },
    {
      name: 'include strictly',
      config: { initial_value: 'keep', include: { metrics: ['requests', 'latency'], match_type: 'strict' } },
      signals,
      steps,
    },
    {
      name: 'include by pattern',
      config: { initial_value: 'keep', include: { metrics: ['^re', 'ze$'], match_type: 'regexp' } },
      signals,
      steps,
    },
    {
      name: 'exclude by pattern, cached',
      config: {
        initial_value: 'keep',
        exclude: { metrics: ['e'], match_type: 'regexp', regexp: { cacheenabled: true, cachemaxnumentries: 10 } },
      },
      signals,
      steps,
    },
    {
      name: 'exclude of what is included',
      config: {
        initial_value: 'keep',
        include: { metrics: ['.*'], match_type: 'regexp' },
        exclude: { metrics: ['requests'], match_type: 'strict' },
      },
      signals,
      steps,
    },
    { name: 'sums only', config: { initial_value: 'keep', include: { metric_types: ['Sum'] } }, signals, steps },
    {
      name: 'no histograms',
      config: { initial_value: 'keep', exclude: { metric_types: ['histogram', 'exponentialhistogram'] } },
      signals,
      steps,
    },
    {
      name: 'types and names',
      config: {
        initial_value: 'drop',
        include: { metrics: ['size', 'latency'], match_type: 'strict', metric_types: ['exponentialHistogram'] },
      },
      signals,
      steps,
    },
    { name: 'no staleness', config: { initial_value: 'keep', max_staleness: 0 }, signals, steps },
    {
      name: 'short staleness',
      config: { initial_value: 'keep', max_staleness: '40ms' },
      signals,
      steps: metricSteps({ seed: 17, requests: 4, waitMillis: 200 }),
    },
    { name: 'metrics without match type', config: { include: { metrics: ['a'] } }, signals },
    { name: 'match type without metrics', config: { exclude: { match_type: 'strict' } }, signals },
    { name: 'type that has no deltas', config: { include: { metric_types: ['gauge'] } }, signals },
    { name: 'unknown type', config: { exclude: { metric_types: ['counter'] } }, signals },
    { name: 'unknown initial value', config: { initial_value: 'first' }, signals },
    { name: 'unknown option', config: { staleness: '1h' }, signals },
    { name: 'staleness that is not a duration', config: { max_staleness: 'long' }, signals },
  ],
};
