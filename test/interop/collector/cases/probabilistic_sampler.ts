import type { ComponentCases, Step } from '../cases.ts';
import { samplerConfigurations } from '../sampler-configurations.ts';

const signals = ['traces', 'logs'];
const HEX = '0123456789abcdef';

/** Returns hexadecimal digits that look random but are the same in every run. */
function digits(seed: number, length: number): string {
  let state = (seed * 2_654_435_761) >>> 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return HEX[state >>> 28];
  }).join('');
}

const TRACE_STATES = [
  '',
  'ot=th:8',
  'ot=th:c',
  'ot=th:0',
  'ot=rv:abcdefabcdefab',
  'ot=th:8;rv:80000000000000',
  'ot=th:fffffff,vendor=x',
  'vendor=x,ot=th:4;extra:1',
  'ot=th:zz',
  'ot=rv:12',
  'vendor=x',
];
const ATTRIBUTES = [
  [],
  [{ key: 'sampling.priority', value: { intValue: '0' } }],
  [{ key: 'sampling.priority', value: { intValue: '2' } }],
  [{ key: 'sampling.priority', value: { doubleValue: 0.5 } }],
  [{ key: 'sampling.priority', value: { stringValue: '1' } }],
  [{ key: 'sampling.priority', value: { stringValue: 'high' } }],
  [
    { key: 'id', value: { stringValue: 'a1b2' } },
    { key: 'priority', value: { doubleValue: 40 } },
  ],
  [
    { key: 'id', value: { intValue: '77' } },
    { key: 'priority', value: { intValue: '100' } },
  ],
  [
    { key: 'id', value: { stringValue: '' } },
    { key: 'priority', value: { stringValue: '55' } },
  ],
  [
    { key: 'sampling.randomness', value: { stringValue: 'abcdefabcdefab' } },
    { key: 'sampling.threshold', value: { stringValue: '8' } },
  ],
  [{ key: 'sampling.threshold', value: { stringValue: 'c' } }],
  [{ key: 'sampling.threshold', value: { stringValue: 'zz' } }],
  [{ key: 'sampling.randomness', value: { stringValue: '12' } }],
];

const items = (each: (index: number) => object) => Array.from({ length: 150 }, (_, index) => each(index));

const spanSteps: readonly Step[] = [
  {
    send: {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
          scopeSpans: [
            {
              spans: items((index) => ({
                traceId: index % 29 === 0 ? '' : digits(index, 32),
                spanId: digits(index + 1000, 16),
                name: `span ${index}`,
                traceState: TRACE_STATES[index % TRACE_STATES.length],
                attributes: ATTRIBUTES[index % 7],
              })),
            },
          ],
        },
      ],
    },
  },
];
const logSteps: readonly Step[] = [
  {
    send: {
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: items((index) => ({
                traceId: index % 3 === 0 ? '' : digits(index, 32),
                body: { stringValue: `record ${index}` },
                attributes: ATTRIBUTES[index % ATTRIBUTES.length],
              })),
            },
          ],
        },
      ],
    },
  },
];

const both = (name: string, config: object) => [
  { name: `${name}, spans`, config: { ...config }, signals: ['traces'], steps: spanSteps },
  { name: `${name}, log records`, config: { ...config }, signals: ['logs'], steps: logSteps },
];
const MODES = ['hash_seed', 'equalizing', 'proportional'];

/** Test cases for `probabilistic_sampler`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'probabilistic_sampler',
  configurations: [
    ...both('defaults', {}),
    ...['', ...MODES].flatMap((mode) =>
      [0, 0.01, 1, 12.5, 33.3, 50, 99.9, 100, 150].flatMap((percentage) =>
        both(`${mode} ${percentage} %`, { mode, sampling_percentage: percentage }),
      ),
    ),
    ...MODES.flatMap((mode) => both(`${mode}, closed`, { mode, sampling_percentage: 40, fail_closed: true })),
    ...MODES.flatMap((mode) => both(`${mode}, seed`, { mode, sampling_percentage: 40, hash_seed: 22 })),
    ...[1, 2, 7, 14].flatMap((precision) =>
      both(`precision ${precision}`, {
        mode: 'proportional',
        sampling_percentage: 33.3,
        sampling_precision: precision,
      }),
    ),
    ...MODES.flatMap((mode) =>
      both(`${mode}, by record`, { mode, sampling_percentage: 40, attribute_source: 'record', from_attribute: 'id' }),
    ),
    ...MODES.flatMap((mode) =>
      both(`${mode}, by attribute without trace`, {
        mode,
        sampling_percentage: 40,
        from_attribute: 'id',
        attribute_source: 'traceID',
      }),
    ),
    ...MODES.flatMap((mode) =>
      both(`${mode}, with priority`, { mode, sampling_percentage: 40, sampling_priority: 'priority' }),
    ),
    {
      name: 'generated items',
      config: { sampling_percentage: 50, sampling_priority: 'http.response.status_code' },
      signals,
    },
    { name: 'generated items, proportional', config: { sampling_percentage: 50, mode: 'proportional' }, signals },
    { name: 'negative percentage', config: { sampling_percentage: -1 }, signals },
    { name: 'percentage that is too small', config: { sampling_percentage: 1e-20 }, signals },
    { name: 'percentage that is a text', config: { sampling_percentage: '10' }, signals },
    { name: 'unknown mode', config: { mode: 'random', sampling_percentage: 10 }, signals },
    { name: 'unknown source', config: { attribute_source: 'spanID' }, signals },
    { name: 'precision 0', config: { sampling_precision: 0 }, signals },
    { name: 'precision 15', config: { sampling_precision: 15 }, signals },
    { name: 'negative precision', config: { sampling_precision: -1, sampling_percentage: 10 }, signals },
    { name: 'negative seed', config: { hash_seed: -1 }, signals },
    { name: 'seed that is too large', config: { hash_seed: 4294967296 }, signals },
    { name: 'unknown option', config: { percentage: 10 }, signals },
    ...samplerConfigurations,
    { name: 'metrics', config: { sampling_percentage: 10 }, signals: ['metrics'] },
  ],
};
