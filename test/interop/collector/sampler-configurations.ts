import { createRandom } from '@otelier/testkit/otlp/random';
import type { Configuration, Step } from './cases.ts';

const ITEMS = 400;
const random = createRandom(2718);
const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
const hex = (digits: number) => Array.from({ length: digits }, () => random(16).toString(16)).join('');

const TRACE_STATES: readonly (() => string)[] = [
  () => '',
  () => '',
  () => '',
  () => `ot=th:${hex(1 + random(14))}`,
  () => `ot=th:${pick(['8', 'c', 'fd', '0', '4'])}`,
  () => `ot=rv:${hex(14)}`,
  () => `ot=rv:${hex(14)};th:${pick(['8', 'c', '2'])}`,
  () => `vendor=x,ot=th:${pick(['8', 'c'])};k:v,other=y`,
  () => 'vendor=value, other=thing',
  () => pick(['ot=th:zz', 'ot=rv:12', 'ot=', 'not valid', 'ot=th:8;th', 'a=b=c', '=', ',,', `long=${'x'.repeat(300)}`]),
];

const PRIORITIES: readonly (() => object | undefined)[] = [
  ...Array.from({ length: 8 }, () => () => undefined),
  () => ({ intValue: pick(['0', '1', '-1', '50', '100', '500']) }),
  () => ({ doubleValue: pick([0, 0.5, -0.5, 25, 99.9, 1e-20]) }),
  () => ({ stringValue: pick(['0', '1', '-1', ' 1', '0x1p-2', 'inf', '-0', '1e3', 'no', '', '.5', '1_000']) }),
  () => ({ boolValue: true }),
  () => ({}),
];

/** Returns a trace ID that is missing, random, or without random bits. */
const traceId = () => pick([hex(32), hex(32), hex(32), hex(32), '', `${hex(16)}${'0'.repeat(16)}`]);

const keyed = (key: string, value: object | undefined) => (value === undefined ? [] : [{ key, value }]);

function spans(): Step {
  const list = Array.from({ length: ITEMS }, (_, index) => ({
    traceId: traceId(),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: `span ${index}`,
    traceState: pick(TRACE_STATES)(),
    attributes: [
      ...keyed('a', { stringValue: 'b' }),
      ...keyed('sampling.priority', pick(PRIORITIES)()),
      ...keyed('z', { intValue: '1' }),
    ],
  }));
  return { send: { resourceSpans: [{ scopeSpans: [{ spans: list }, { scope: { name: 'empty' } }] }] } };
}

const IDS: readonly (() => object | undefined)[] = [
  () => ({ stringValue: `order-${random(1e6)}` }),
  () => ({ intValue: String(random(1e6)) }),
  () => ({ doubleValue: random(1e6) / 7 }),
  () => ({ boolValue: random(2) === 0 }),
  () => ({ bytesValue: Buffer.from(hex(8), 'hex').toString('base64') }),
  () => ({ arrayValue: { values: [{ intValue: String(random(100)) }, { stringValue: 'a' }] } }),
  () => ({
    kvlistValue: {
      values: [
        { key: 'b', value: { intValue: String(random(100)) } },
        { key: 'a', value: {} },
      ],
    },
  }),
  () => ({ stringValue: '' }),
  () => ({}),
  () => undefined,
];

function records(): Step {
  const list = Array.from({ length: ITEMS }, (_, index) => ({
    traceId: traceId(),
    body: { stringValue: `record ${index}` },
    attributes: [
      ...keyed('id', pick(IDS)()),
      ...keyed('prio', pick(PRIORITIES)()),
      ...keyed(
        'sampling.threshold',
        pick([
          undefined,
          undefined,
          undefined,
          { stringValue: pick(['8', 'c', '0', '', 'zz', hex(14)]) },
          { intValue: '8' },
        ]),
      ),
      ...keyed(
        'sampling.randomness',
        pick([undefined, undefined, undefined, { stringValue: pick([hex(14), hex(14), hex(14), 'd', '']) }]),
      ),
    ],
  }));
  return { send: { resourceLogs: [{ scopeLogs: [{ logRecords: list }] }] } };
}

const traces = (name: string, config: Configuration['config']): Configuration => ({
  name: `traces: ${name}`,
  config,
  signals: ['traces'],
  steps: [spans()],
});
const logs = (name: string, config: Configuration['config']): Configuration => ({
  name: `logs: ${name}`,
  config,
  signals: ['logs'],
  steps: [records()],
});
const invalid = (name: string, config: Configuration['config']): Configuration => ({
  name: `refused: ${name}`,
  config,
  signals: ['traces', 'logs'],
});

const BOTH: readonly (readonly [string, Configuration['config']])[] = [
  ['defaults', {}],
  ['10 %', { sampling_percentage: 10 }],
  ['50 %, another seed', { sampling_percentage: 50, hash_seed: 22 }],
  ['50 %, largest seed, fails open', { sampling_percentage: 50, hash_seed: 4294967295, fail_closed: false }],
  ['hash_seed, 100 %', { sampling_percentage: 100, mode: 'hash_seed' }],
  ['hash_seed, above 100 %', { sampling_percentage: 250.5, mode: 'hash_seed', fail_closed: false }],
  ['hash_seed, below a bucket', { sampling_percentage: 0.001, mode: 'hash_seed' }],
  ['hash_seed, one bucket', { sampling_percentage: 0.0062, mode: 'hash_seed', fail_closed: false }],
  ['0 %, fails open', { sampling_percentage: 0, fail_closed: false }],
  ['empty mode', { sampling_percentage: 33.3, mode: '' }],
  ['proportional', { sampling_percentage: 25, mode: 'proportional' }],
  ['proportional, fails open', { sampling_percentage: 25, mode: 'proportional', fail_closed: false }],
  ['proportional, 100 %', { sampling_percentage: 100, mode: 'proportional' }],
  ['proportional, full precision', { sampling_percentage: 33.3, mode: 'proportional', sampling_precision: 14 }],
  [
    'proportional, one digit',
    { sampling_percentage: 33.3, mode: 'proportional', sampling_precision: 1, fail_closed: false },
  ],
  ['proportional, tiny', { sampling_percentage: 1e-12, mode: 'proportional', fail_closed: false }],
  ['equalizing', { sampling_percentage: 25, mode: 'equalizing' }],
  ['equalizing, fails open', { sampling_percentage: 25, mode: 'equalizing', fail_closed: false }],
  ['equalizing, 90 %', { sampling_percentage: 90, mode: 'equalizing' }],
  ['equalizing, 99.99 % and one digit', { sampling_percentage: 99.99, mode: 'equalizing', sampling_precision: 1 }],
  ['equalizing, seed', { sampling_percentage: 60, mode: 'equalizing', hash_seed: 5 }],
  [
    'log options',
    { sampling_percentage: 40, attribute_source: 'record', from_attribute: 'id', sampling_priority: 'prio' },
  ],
];

/** Configurations for items with all kinds of sampling states, IDs and priorities. */
export const samplerConfigurations: readonly Configuration[] = [
  ...BOTH.map(([name, config]) => traces(name, config)),
  ...BOTH.map(([name, config]) => logs(name, config)),
  logs('from an attribute', { sampling_percentage: 50, from_attribute: 'id' }),
  logs('from an attribute, fails open', { sampling_percentage: 50, from_attribute: 'id', fail_closed: false }),
  logs('always from an attribute', {
    sampling_percentage: 50,
    attribute_source: 'record',
    from_attribute: 'id',
    hash_seed: 9,
  }),
  logs('from no attribute', { sampling_percentage: 50, attribute_source: 'record' }),
  logs('empty source', { sampling_percentage: 50, attribute_source: '', from_attribute: 'id', fail_closed: false }),
  logs('trace ID as source', { sampling_percentage: 50, attribute_source: 'traceID', from_attribute: 'missing' }),
  logs('priority', { sampling_percentage: 20, sampling_priority: 'prio' }),
  logs('priority, fails open', { sampling_percentage: 20, sampling_priority: 'prio', fail_closed: false }),
  logs('priority, 0 %', { sampling_percentage: 0, sampling_priority: 'prio' }),
  logs('priority, proportional', {
    sampling_percentage: 20,
    mode: 'proportional',
    sampling_priority: 'prio',
    sampling_precision: 2,
  }),
  logs('priority, equalizing', {
    sampling_percentage: 20,
    mode: 'equalizing',
    sampling_priority: 'prio',
    fail_closed: false,
  }),
  logs('from an attribute, proportional', {
    sampling_percentage: 50,
    mode: 'proportional',
    attribute_source: 'record',
    from_attribute: 'id',
  }),
  {
    name: 'generated telemetry',
    config: { sampling_percentage: 50, fail_closed: false },
    signals: ['traces', 'logs'],
  },
  invalid('negative', { sampling_percentage: -1 }),
  invalid('too small', { sampling_percentage: 1e-20 }),
  invalid('a text', { sampling_percentage: 'many' }),
  invalid('precision of 0', { sampling_percentage: 1, sampling_precision: 0 }),
  invalid('precision of 15', { sampling_percentage: 1, sampling_precision: 15 }),
  invalid('mode', { sampling_percentage: 1, mode: 'random' }),
  invalid('source', { sampling_percentage: 1, attribute_source: 'span' }),
  invalid('seed', { sampling_percentage: 1, hash_seed: -1 }),
  invalid('unknown option', { sampling_percent: 1 }),
];
