import type { ComponentCases } from '../cases.ts';
import { metricSteps } from '../metric-steps.ts';

const signals = ['metrics'];
const all = ['requests', 'work.time', 'queue.size', 'temperature', 'latency', 'size', 'quantiles'];
const steps = metricSteps({ seed: 41, temporality: 1 });

/** Test cases for `delta_to_rate`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'delta_to_rate',
  configurations: [
    { name: 'all kinds of values', config: { metrics: ['m', 'sum', 'requests', 'gauge'] }, signals },
    ...all.map((name) => ({ name: `only ${name}`, config: { metrics: [name] }, signals, steps })),
    { name: 'all metrics', config: { metrics: all }, signals, steps },
    { name: 'twice', config: { metrics: ['requests', 'requests'] }, signals, steps },
    { name: 'none that exists', config: { metrics: ['other', ''] }, signals, steps },
    { name: 'cumulative', config: { metrics: all }, signals, steps: metricSteps({ seed: 42 }) },
    { name: 'mixed', config: { metrics: all }, signals, steps: metricSteps({ seed: 43, temporality: 0 }) },
    { name: 'regular', config: { metrics: all }, signals, steps: metricSteps({ seed: 44, temporality: 1, every: 0 }) },
    {
      name: 'irregular',
      config: { metrics: all },
      signals,
      steps: metricSteps({ seed: 45, temporality: 1, every: 2 }),
    },
    { name: 'without values', config: { metrics: ['requests'] }, signals, steps: [point({}), point({ asInt: '1' })] },
    {
      name: 'times',
      config: { metrics: ['requests'] },
      signals,
      steps: [
        point({ asInt: '7', startTimeUnixNano: '5', timeUnixNano: '5' }),
        point({ asInt: '7', startTimeUnixNano: '5', timeUnixNano: '4' }),
        point({ asInt: '7', startTimeUnixNano: '0', timeUnixNano: '18446744073709551615' }),
        point({ asDouble: 1.5, startTimeUnixNano: '1', timeUnixNano: '333333334' }),
        point({ asInt: '9007199254740993', startTimeUnixNano: '1', timeUnixNano: '7000000002' }),
        point({ asDouble: 'Infinity', startTimeUnixNano: '1', timeUnixNano: '7000000002' }),
        point({ asDouble: 1 }),
      ],
    },
    { name: 'no metrics', config: {}, signals },
    { name: 'an empty list', config: { metrics: [] }, signals },
    { name: 'a name that is a list', config: { metrics: [['a']] }, signals },
    { name: 'unknown option', config: { metrics: ['a'], names: [] }, signals },
  ],
};

function point(dataPoint: object) {
  const sum = { aggregationTemporality: 1, dataPoints: [dataPoint] };
  return { send: { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'requests', unit: '1', sum }] }] }] } };
}
