import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import type { KeyValueJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { probabilisticSampler } from './probabilistic_sampler.ts';

processorContract(probabilisticSampler, {
  config: { sampling_percentage: 100, mode: 'proportional', fail_closed: false },
});

type Config = Readonly<Record<string, unknown>>;

const LOW = '5b8efff798038103d269b633813fc60c';
const HIGH = '5b8efff798038103d2f9b633813fc60c';

const SPANS: readonly (readonly [
  name: string,
  traceId: string,
  traceState: string,
  priority?: KeyValueJson['value'],
])[] = [
  ['a', '4bf92f3577b34da6a3ce929d0e0e4736', ''],
  ['b', '0af7651916cd43dd8448eb211c80319c', ''],
  ['c', LOW, ''],
  ['d', 'e4bbb7c0f6a2ff07a5e1b2d3f4c5d6e7', ''],
  ['quarter', '00000000000000000040000000000000', ''],
  ['no-id', '00000000000000000000000000000000', ''],
  ['contradiction', LOW, 'ot=th:8'],
  ['sampled-before', HIGH, 'vendor=x,ot=th:f;k:v'],
  ['explicit', '00000000000000000000000000000001', 'ot=rv:fd70a3d70a3d71'],
  ['contradiction-2', '00000000000000000000000000000001', 'ot=th:8,vendor=x'],
  ['malformed', LOW, 'ot=th:zz'],
  ['priority-0', HIGH, '', { intValue: '0' }],
  ['priority-1', '00000000000000000000000000000001', '', { stringValue: '1' }],
  ['priority-odd', '00000000000000000000000000000001', '', { stringValue: 'high' }],
];

/** Returns the trace states of the sampled spans, by name. */
async function sampleSpans(config: Config): Promise<Record<string, string>> {
  const spans = SPANS.map(([name, traceId, traceState, priority]) => ({
    name,
    traceId,
    traceState,
    attributes: priority === undefined ? [] : [{ key: 'sampling.priority', value: priority }],
  }));
  const bench = await createComponentBench(probabilisticSampler, { config, signals: ['traces'] });
  await bench.start();
  await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  await bench.close();
  const kept = bench.received
    .flatMap(({ parts }) => parts.map((part) => decodeRequest('traces', part)))
    .flatMap(({ resourceSpans = [] }) => resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans))
    .flatMap(({ spans: list = [] }) => list);
  assert.equal(
    bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0),
    kept.length,
  );
  assert.deepEqual(bench.dropped(), { sampled: SPANS.length - kept.length });
  return Object.fromEntries(kept.map(({ name = '', traceState = '' }) => [name, traceState]));
}

const RECORDS: readonly (readonly [
  name: string,
  traceId: string,
  Readonly<Record<string, KeyValueJson['value'] & {}>>,
])[] = [
  ['a', '4bf92f3577b34da6a3ce929d0e0e4736', {}],
  ['c', LOW, { id: { stringValue: 'x-1' } }],
  ['text', '', { id: { stringValue: 'order-11' } }],
  ['int', '', { id: { intValue: '7919' } }],
  ['bytes', '', { id: { bytesValue: 'AAECAw==' } }],
  ['list', '', { id: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } } }],
  ['nothing', '', {}],
  ['empty', '', { id: { stringValue: '' } }],
  ['contradiction', LOW, { 'sampling.threshold': { stringValue: '8' } }],
  ['explicit', '', { 'sampling.randomness': { stringValue: 'd0000000000000' } }],
  ['malformed', LOW, { 'sampling.randomness': { stringValue: 'd' } }],
  ['priority-100', '00000000000000000000000000000001', { prio: { intValue: '100' } }],
  ['priority-25', LOW, { prio: { doubleValue: 25 } }],
  ['priority-0', HIGH, { prio: { intValue: '0' } }],
];

/** Returns the sampling attributes of the sampled records, by body. */
async function sampleRecords(config: Config): Promise<Record<string, string>> {
  const logRecords = RECORDS.map(([stringValue, traceId, attributes]) => ({
    body: { stringValue },
    traceId,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
  }));
  const bench = await createComponentBench(probabilisticSampler, { config, signals: ['logs'] });
  await bench.start();
  await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  await bench.close();
  const kept = bench.received
    .flatMap(({ parts }) => parts.map((part) => decodeRequest('logs', part)))
    .flatMap(({ resourceLogs = [] }) => resourceLogs.flatMap(({ scopeLogs = [] }) => scopeLogs))
    .flatMap(({ logRecords: list = [] }) => list);
  return Object.fromEntries(
    kept.map(({ body, attributes = [] }) => [
      body?.stringValue ?? '',
      attributes
        .filter(({ key }) => key?.startsWith('sampling.'))
        .map(({ key = '', value }) => `${key.slice('sampling.'.length)} ${value?.stringValue}`)
        .join(', '),
    ]),
  );
}

// The Collector's results for the same spans and records (otelcol-contrib 0.161, sent over OTLP/HTTP).

const KEPT_SPANS: readonly (readonly [Config, Record<string, string>])[] = [
  [
    { sampling_percentage: 50 },
    {
      a: 'ot=rv:fdc80d0b42008d;th:8',
      b: 'ot=rv:886c204b10dde4;th:8',
      c: 'ot=rv:a480091545d6df;th:8',
      'priority-1': 'ot=rv:74f42e348fe2c2;th:0',
    },
  ],
  [
    { sampling_percentage: 50, hash_seed: 22, mode: '' },
    {
      b: 'ot=rv:f984040d03019e;th:8',
      c: 'ot=rv:ccd828a32a4cc9;th:8',
      d: 'ot=rv:899419be6e1d9a;th:8',
      'priority-1': 'ot=rv:4b3c1e4893ed30;th:0',
    },
  ],
  [
    { sampling_percentage: 50, fail_closed: false },
    {
      a: 'ot=rv:fdc80d0b42008d;th:8',
      b: 'ot=rv:886c204b10dde4;th:8',
      c: 'ot=rv:a480091545d6df;th:8',
      'no-id': 'ot=rv:ffffffffffffff;th:0',
      contradiction: 'ot=th:8',
      'sampled-before': 'vendor=x,ot=th:f;k:v',
      explicit: 'ot=rv:fd70a3d70a3d71',
      'contradiction-2': 'ot=th:8,vendor=x',
      malformed: 'ot=th:zz',
      'priority-1': 'ot=rv:74f42e348fe2c2;th:0',
    },
  ],
  [
    { sampling_percentage: 25, mode: 'proportional' },
    { a: 'ot=th:c', d: 'ot=th:c', explicit: 'ot=rv:fd70a3d70a3d71;th:c', 'priority-1': 'ot=th:0' },
  ],
  [
    { sampling_percentage: 33.3, mode: 'proportional', sampling_precision: 2, fail_closed: false },
    {
      a: 'ot=th:ab',
      d: 'ot=th:ab',
      'no-id': 'ot=th:0',
      contradiction: 'ot=th:0',
      explicit: 'ot=rv:fd70a3d70a3d71;th:ab',
      'contradiction-2': 'ot=th:0,vendor=x',
      malformed: 'ot=th:zz',
      'priority-1': 'ot=th:0',
    },
  ],
  [
    { sampling_percentage: 25, mode: 'equalizing' },
    {
      a: 'ot=th:c',
      d: 'ot=th:c',
      'sampled-before': 'ot=th:f;k:v,vendor=x',
      explicit: 'ot=rv:fd70a3d70a3d71;th:c',
      'priority-1': 'ot=th:0',
    },
  ],
  [{ sampling_percentage: 0 }, { 'priority-1': 'ot=th:0' }],
  [
    { sampling_percentage: 10, mode: 'equalizing' },
    {
      'sampled-before': 'ot=th:f;k:v,vendor=x',
      explicit: 'ot=rv:fd70a3d70a3d71;th:e666',
      'priority-1': 'ot=th:0',
    },
  ],
];

for (const [config, kept] of KEPT_SPANS) {
  test(`samples and annotates the same spans as the Collector: ${JSON.stringify(config)}`, async () => {
    assert.deepEqual(await sampleSpans(config), kept);
  });
}

const KEPT_RECORDS: readonly (readonly [Config, Record<string, string>])[] = [
  [
    { sampling_percentage: 50 },
    {
      a: 'randomness fdc80d0b42008d, threshold 8',
      c: 'randomness a480091545d6df, threshold 8',
      'priority-25': 'randomness a480091545d6df, threshold 8',
    },
  ],
  [
    { sampling_percentage: 50, fail_closed: false },
    {
      a: 'randomness fdc80d0b42008d, threshold 8',
      c: 'randomness a480091545d6df, threshold 8',
      text: 'threshold 0',
      int: 'threshold 0',
      bytes: 'threshold 0',
      list: 'threshold 0',
      nothing: 'threshold 0',
      empty: 'threshold 0',
      contradiction: 'threshold 8',
      explicit: 'randomness d0000000000000',
      malformed: 'randomness d',
      'priority-25': 'randomness a480091545d6df, threshold 8',
    },
  ],
  [
    { sampling_percentage: 33.3, mode: 'proportional', sampling_precision: 2, fail_closed: false },
    {
      a: 'threshold ab',
      text: 'threshold 0',
      int: 'threshold 0',
      bytes: 'threshold 0',
      list: 'threshold 0',
      nothing: 'threshold 0',
      empty: 'threshold 0',
      contradiction: 'threshold 0',
      explicit: 'randomness d0000000000000, threshold ab',
      malformed: 'randomness d',
      'priority-0': 'threshold ab',
    },
  ],
  [
    { sampling_percentage: 50, from_attribute: 'id', sampling_priority: 'prio' },
    {
      a: 'randomness fdc80d0b42008d, threshold 8',
      c: 'randomness a480091545d6df, threshold 8',
      int: 'randomness a2a01091255757, threshold 8',
      bytes: 'randomness c7f804fc3f4e01, threshold 8',
      'priority-100': 'randomness 74f42e348fe2c2, threshold 0',
    },
  ],
  [
    { sampling_percentage: 50, from_attribute: 'id', attribute_source: 'record', hash_seed: 7 },
    {
      c: 'randomness 929c19314ddb58, threshold 8',
      text: 'randomness ad603682a3d4a7, threshold 8',
      int: 'randomness 8fbc1d0041dc10, threshold 8',
    },
  ],
  [
    { sampling_percentage: 10, mode: 'equalizing', sampling_priority: 'prio' },
    { 'priority-100': 'threshold 0', 'priority-0': 'threshold e666' },
  ],
  [{ sampling_percentage: 0 }, {}],
];

for (const [config, kept] of KEPT_RECORDS) {
  test(`samples and annotates the same log records as the Collector: ${JSON.stringify(config)}`, async () => {
    assert.deepEqual(await sampleRecords(config), kept);
  });
}

test('forwards the same bytes if there is nothing to record', async () => {
  const config = { sampling_percentage: 50, mode: 'equalizing' };
  const bench = await createComponentBench(probabilisticSampler, { config, signals: ['traces'] });
  await bench.start();
  const spans = [{ traceId: HIGH, traceState: 'ot=th:c', name: 'x' }];
  const batch = batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  await bench.send(batch);
  await bench.close();
  assert.equal(bench.received[0], batch);
});

test('logs the first item that cannot be sampled, and how such items are handled', async () => {
  const bench = await createComponentBench(probabilisticSampler, { config: { sampling_percentage: 50 } });
  await bench.start();
  const spans = [0, 1].map(() => ({ traceId: HIGH, traceState: 'ot=th:8', name: 'x' }));
  for (let i = 0; i < 2; i++) await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  await bench.close();
  const [line, ...others] = bench.logs.filter(({ level }) => level === 40);
  assert.match(String(line?.['msg']), /^sampling failed, dropping such items/);
  assert.match(String(line?.['reason']), /mode hash_seed cannot continue: use proportional or equalizing/);
  assert.deepEqual(others, []);
});

for (const [config, message] of [
  [{ sampling_percentage: -1 }, /sampling_percentage/],
  [{ sampling_percentage: 1e-15 }, /sampling_percentage: expected 0 or a percentage that 56 bits can express/],
  [{ sampling_percentage: 10, sampling_precision: 15 }, /sampling_precision/],
  [{ sampling_percentage: 10, hash_seed: 2 ** 32 }, /hash_seed/],
  [{ sampling_percentage: 10, mode: 'equalising' }, /mode.*"equalizing"/],
] as const) {
  test(`rejects ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(probabilisticSampler, { config }), message);
  });
}
