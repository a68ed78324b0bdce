import type { ComponentCases } from '../cases.ts';
import { metricSteps } from '../metric-steps.ts';

const signals = ['metrics'];
const steps = metricSteps({ seed: 51 });
const waiting = metricSteps({ seed: 52, requests: 4, waitMillis: 150 });

/** Test cases for `interval`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'interval',
  configurations: [
    { name: 'defaults', config: {}, signals },
    { name: 'defaults, streams', config: {}, signals, steps },
    { name: 'long interval', config: { interval: '1h' }, signals, steps },
    { name: 'short interval', config: { interval: '100ms' }, signals, steps: waiting },
    { name: 'gauges pass', config: { pass_through: { gauge: true } }, signals, steps },
    { name: 'summaries pass', config: { pass_through: { summary: true } }, signals, steps },
    { name: 'gauges and summaries pass', config: { pass_through: { gauge: true, summary: true } }, signals, steps },
    { name: 'gauges pass, all kinds of values', config: { pass_through: { gauge: true } }, signals },
    { name: 'nothing passes', config: { pass_through: { gauge: false, summary: false } }, signals, steps },
    { name: 'empty pass through', config: { pass_through: {} }, signals, steps },
    {
      name: 'short interval, gauges pass',
      config: { interval: '100ms', pass_through: { gauge: true } },
      signals,
      steps: waiting,
    },
    { name: 'deltas', config: {}, signals, steps: metricSteps({ seed: 53, temporality: 1 }) },
    { name: 'mixed', config: {}, signals, steps: metricSteps({ seed: 54, temporality: 0 }) },
    { name: 'irregular', config: {}, signals, steps: metricSteps({ seed: 55, every: 2, requests: 30 }) },
    { name: 'regular', config: {}, signals, steps: metricSteps({ seed: 56, every: 0 }) },
    { name: 'interval of zero', config: { interval: 0 }, signals },
    { name: 'negative interval', config: { interval: '-1s' }, signals },
    { name: 'interval without unit', config: { interval: '15' }, signals },
    { name: 'gauge that is a text', config: { pass_through: { gauge: 'always' } }, signals },
    { name: 'unknown option', config: { window: '1s' }, signals },
    { name: 'unknown kind that passes', config: { pass_through: { sum: true } }, signals },
  ],
};
