import type { ComponentCases } from '../cases.ts';
import { metricSteps } from '../metric-steps.ts';

const signals = ['metrics'];
const STRATEGIES = ['true_reset_point', 'subtract_initial_point', 'start_time_metric'];
const telemetry = (seed: number, options: { temporality?: number; every?: number } = {}) =>
  metricSteps({ seed, requests: 15, starts: false, ...options });

/** Test cases for `metric_start_time`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'metric_start_time',
  configurations: [
    { name: 'defaults', config: {}, signals },
    { name: 'defaults, streams', config: {}, signals, steps: telemetry(81) },
    ...STRATEGIES.flatMap((strategy) => [
      { name: `${strategy}: all kinds of values`, config: { strategy }, signals },
      { name: `${strategy}: streams`, config: { strategy }, signals, steps: telemetry(82) },
      { name: `${strategy}: regular streams`, config: { strategy }, signals, steps: telemetry(83, { every: 0 }) },
      { name: `${strategy}: irregular streams`, config: { strategy }, signals, steps: telemetry(84, { every: 2 }) },
      { name: `${strategy}: deltas`, config: { strategy }, signals, steps: telemetry(85, { temporality: 1 }) },
      { name: `${strategy}: long interval`, config: { strategy, gc_interval: '1h' }, signals, steps: telemetry(87) },
    ]),
    ...['true_reset_point', 'start_time_metric'].map((strategy) => ({
      name: `${strategy}: known starts`,
      config: { strategy },
      signals,
      steps: metricSteps({ seed: 86 }),
    })),
    ...['temperature', '^work', 'requests', 'latency', 'none'].map((pattern) => ({
      name: `start in ${pattern}`,
      config: { strategy: 'start_time_metric', start_time_metric_regex: pattern },
      signals,
      steps: telemetry(88),
    })),
    { name: 'unknown strategy', config: { strategy: 'first' }, signals },
    { name: 'interval of zero', config: { gc_interval: 0 }, signals },
    { name: 'negative interval', config: { gc_interval: '-1m' }, signals },
    { name: 'pattern with another strategy', config: { start_time_metric_regex: 'a' }, signals },
    { name: 'invalid pattern', config: { strategy: 'start_time_metric', start_time_metric_regex: '(' }, signals },
    { name: 'unknown option', config: { start: 'now' }, signals },
  ],
};
