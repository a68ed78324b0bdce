import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { CostAttributesResponse, CostResponse, RulePreview } from '@otelier/query';
import { anyValue, batchOf, createManualClock, keyValues, startTestApi, type TestApi } from '@otelier/testkit';
import { registry } from '../../registry.generated.ts';
import { runProcessorOnDemand } from './on-demand.ts';

const START = 1_700_000_000_000;
const RANGE = `start=${START}&end=${START + 60_000}`;
const nanos = (millis: number): string => `${BigInt(START + millis) * 1_000_000n}`;
const resource = (service: string) => ({ attributes: keyValues({ 'service.name': service }) });

function spans(service: string, count: number) {
  const all = Array.from({ length: count }, (_, i) => ({
    ...{
      traceId: createHash('md5').update(`${service} ${i}`).digest('hex'),
      spanId: `${i}`.padStart(16, '1'),
      name: 'GET',
    },
    ...{ startTimeUnixNano: nanos(i), endTimeUnixNano: nanos(i + 1) },
    attributes: keyValues({ 'http.route': '/cart', 'user.id': `user-${i}`, padding: 'x'.repeat(100) }),
  }));
  return { resource: resource(service), scopeSpans: [{ spans: all }] };
}

function logs(service: string, severityNumber: number, count: number) {
  const logRecords = Array.from({ length: count }, (_, i) => ({
    ...{ timeUnixNano: nanos(30_000 + i), severityNumber, body: anyValue(`record ${i}`) },
  }));
  return { resource: resource(service), scopeLogs: [{ logRecords }] };
}

describe('cost over HTTP', () => {
  let server: TestApi;
  before(async () => {
    server = await startTestApi({ runProcessor: runProcessorOnDemand(createManualClock(), () => registry) });
    await server.store.append(batchOf('traces', { resourceSpans: [spans('shop', 200), spans('pay', 100)] }));
    const quoted = 'a "quoted" $name';
    const resourceLogs = [logs(quoted, 5, 30), logs(quoted, 9, 10), logs('pay', 5, 5)];
    await server.store.append(batchOf('logs', { resourceLogs }));
    const dataPoints = ['a', 'b', 'c'].flatMap((host) =>
      ['/x', '/y'].map((route) => ({
        ...{ timeUnixNano: nanos(1000), asInt: '1', attributes: keyValues({ host, route }) },
      })),
    );
    const metrics = [
      { name: 'requests', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } },
      { name: 'other', gauge: { dataPoints: dataPoints.slice(0, 1) } },
    ];
    const resourceMetrics = [{ resource: resource('shop'), scopeMetrics: [{ metrics }] }];
    await server.store.append(batchOf('metrics', { resourceMetrics }));
  });
  after(() => server.shutdown(0));
  const get = async <T>(path: string): Promise<T> => (await (await fetch(`${server.url}/api/v1${path}`)).json()) as T;
  const preview = (query: string) => get<RulePreview>(`/cost/preview?${RANGE}&${query}`);

  test('has what each service sends, by signal, level and metric, over time', async () => {
    const { senders, signals, senderCount } = await get<CostResponse>(`/cost?${RANGE}&steps=2`);
    assert.deepEqual(
      senders.map(({ signal, service, name, level, items, itemSteps }) => [
        signal,
        service,
        name || level,
        items,
        itemSteps,
      ]),
      [
        ['traces', 'shop', undefined, 200, [200, 0]],
        ['traces', 'pay', undefined, 100, [100, 0]],
        ['logs', 'a "quoted" $name', 'debug', 30, [0, 30]],
        ['metrics', 'shop', 'requests', 6, [6, 0]],
        ['logs', 'a "quoted" $name', 'info', 10, [0, 10]],
        ['logs', 'pay', 'debug', 5, [0, 5]],
        ['metrics', 'shop', 'other', 1, [1, 0]],
      ],
    );
    assert.equal(senderCount, 7);
    const [traces] = signals;
    const ofTraces = senders.filter(({ signal }) => signal === 'traces');
    assert.equal(
      traces?.bytes,
      ofTraces.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    assert.deepEqual([traces.items, traces.sizedItems, traces.isEstimated], [300, 300, false]);
    assert.ok(senders.every(({ bytes, byteSteps = [] }) => bytes === byteSteps.reduce((sum, one) => sum + one, 0)));
  });

  test('has the attributes of a signal with their distinct values', async () => {
    const { attributes } = await get<CostAttributesResponse>(`/cost/attributes?${RANGE}&signal=traces`);
    assert.deepEqual(
      attributes.map(({ key, items, values }) => [key, items, values]),
      [
        ['padding', 300, 1],
        ['http.route', 300, 1],
        ['user.id', 300, 200],
      ],
    );
  });

  test('previews rules with the real processor, and returns them as configuration', async () => {
    const service = encodeURIComponent('a "quoted" $name');
    const dropped = await preview(`rule=drop_logs&service=${service}&level=debug`);
    assert.deepEqual(dropped.now.items, 30);
    assert.deepEqual(dropped.kept, { items: 0, bytes: 0 });
    assert.equal(dropped.sample.now.items, 30);
    assert.match(dropped.configuration, /filter\/debug_logs_of_a_quoted_name:\n/);
    assert.match(
      dropped.configuration,
      /severity_number >= SEVERITY_NUMBER_DEBUG and severity_number < SEVERITY_NUMBER_INFO/,
    );

    const attribute = await preview('rule=drop_attribute&signal=traces&key=padding');
    assert.equal(attribute.kept.items, 300);
    const saved = attribute.now.bytes - attribute.kept.bytes;
    assert.ok(saved >= 300 * 107 && saved <= 300 * 117, `saved ${saved}`);

    const sampled = await preview('rule=sample_traces&percentage=25');
    assert.ok(sampled.kept.items > 30 && sampled.kept.items < 130, `kept ${sampled.kept.items}`);
    assert.ok(sampled.kept.bytes < sampled.now.bytes / 2);

    const metric = await preview('rule=drop_metric&metric=requests');
    assert.deepEqual([metric.now.items, metric.kept.items], [6, 0]);

    const label = await preview('rule=drop_label&metric=requests&key=host');
    assert.deepEqual([label.now.items, label.kept.items], [6, 2]);
    assert.match(label.configuration, /label_set: \["route"\]\n +aggregation_type: sum/);
  });

  test('says what is missing, unknown, or not there', async () => {
    const failure = async (query: string): Promise<string> => {
      const { error } = await get<{ error: { message: string } }>(`/cost/preview?${RANGE}&${query}`);
      return error.message;
    };
    assert.match(
      await failure('rule=drop_label&metric=requests&key=none'),
      /label: expected one of host, route, got none/,
    );
    assert.match(await failure('rule=drop_metric'), /metric: expected a value, got none/);
    assert.match(await failure('rule=delete_all'), /rule: expected one of drop_logs, /);
    assert.match(
      await failure('rule=sample_traces&percentage=100'),
      /percentage: expected a whole number from 1 to 99/,
    );
    const nothing = await preview('rule=drop_logs&service=none&level=debug');
    assert.match(nothing.reason ?? '', /no item/);
    assert.deepEqual(nothing.now.items, 0);
  });
});
