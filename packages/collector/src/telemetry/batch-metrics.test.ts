import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ACCEPTED, countItems, type Outcome, requestToJson, type Signal } from '@otelier/otlp';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { createHttpClient } from '@otelier/transport/http-client';
import { createHttpServer } from '@otelier/transport/http-server';
import { type Gateway, startGateway } from '../service/reload/gateway.testing.ts';

/** Bounds as the Collector 0.165 writes them. */
const ITEM_BOUNDS =
  '10 25 50 75 100 250 500 750 1000 2000 3000 4000 5000 6000 7000 8000 9000 10000 20000 30000 50000 100000';
const BYTE_BOUNDS =
  '128 256 512 1024 2048 4096 8192 16384 32768 65536 131072 262144 524288 1.048576e+06 2.097152e+06 4.194304e+06 8.388608e+06 1.6777216e+07';

/** Returns the lines of a histogram of sizes, with labels in order. */
function histogram(name: string, label: string, sizes: readonly number[], bounds: string): readonly string[] {
  const [key = ''] = label.split('=');
  const line = (le: string) =>
    `${name}_bucket{${key < 'le' ? `${label},le="${le}"` : `le="${le}",${label}`}} ${sizes.filter((size) => size <= (le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le))).length}`;
  return [
    ...[...bounds.split(' '), '+Inf'].map(line),
    `${name}_sum{${label}} ${sizes.reduce((sum, size) => sum + size, 0)}`,
    `${name}_count{${label}} ${sizes.length}`,
  ];
}

async function startDestination(t: TestContext): Promise<RecordingHandler & { readonly url: string }> {
  const handler = createRecordingHandler();
  const server = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
  t.after(() => server.shutdown(0));
  return Object.assign(handler, { url: `http://${server.address}` });
}

const PULL = '{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}';

interface Running {
  readonly gateway: Gateway;
  readonly batched: RecordingHandler;
  readonly merged: RecordingHandler;
}

/** Starts a gateway: traces go through a batch processor, and logs through a sending queue that merges. */
async function start(t: TestContext, service: string, telemetry: string, readers = PULL): Promise<Running> {
  const batched = await startDestination(t);
  const merged = await startDestination(t);
  const gateway = await startGateway(
    t,
    `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {batch/x: {send_batch_size: 60, send_batch_max_size: 60, timeout: 20ms}}
exporters:
  otlp_http/batched: {endpoint: "${batched.url}", compression: none}
  otlp_http/merged: {endpoint: "${merged.url}", compression: none, sending_queue: {batch: {min_size: 80, flush_timeout: 20ms}}}
service:
  ${service}
  telemetry: {metrics: {readers: [${readers}], ${telemetry}}}
  pipelines:
    traces: {receivers: [otlp], processors: [batch/x], exporters: [otlp_http/batched]}
    logs: {receivers: [otlp], exporters: [otlp_http/merged]}
`,
  );
  return { gateway, batched, merged };
}

const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

/** Sends requests of random sizes and returns them. Resolves when all items have arrived. */
async function sendRandom(
  seed: number,
  { gateway, batched, merged }: Running,
): Promise<Readonly<Record<'traces' | 'logs', Uint8Array[]>>> {
  const random = createRandom(seed);
  const sent = { traces: [] as Uint8Array[], logs: [] as Uint8Array[] };
  const clients = [1, 2, 3].map(() => createHttpClient({ endpoint: `http://${gateway.address('http')}` }));
  for (let index = 0; index < 60; index++) {
    const name = 'x'.repeat(random(300));
    const items = 1 + random(120);
    const spans = Array.from({ length: items }, () => ({ ...ids, name }));
    const logRecords = Array.from({ length: items }, () => ({ body: { stringValue: name } }));
    const traces = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const logs = encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
    const client = clients[index % clients.length];
    for (const [signal, bytes] of [
      ['traces', traces],
      ['logs', logs],
    ] as const) {
      assert.equal((await client?.export(signal, [bytes]))?.kind, 'accepted');
      sent[signal].push(bytes);
    }
  }
  await Promise.all(clients.map((client) => client.shutdown()));
  await arrival(batched, 'traces', sent.traces);
  await arrival(merged, 'logs', sent.logs);
  return sent;
}

async function arrival(handler: RecordingHandler, signal: Signal, sent: readonly Uint8Array[]): Promise<void> {
  const expected = itemsOf(signal, sent).reduce((sum, items) => sum + items, 0);
  while (itemsOf(signal, bodiesOf(handler)).reduce((sum, items) => sum + items, 0) < expected)
    await handler.untilRequests(handler.requests.length + 1);
}

const bodiesOf = ({ requests }: RecordingHandler) => requests.map(({ body }) => body);
const itemsOf = (signal: Signal, bodies: readonly Uint8Array[]) => bodies.map((body) => countItems(signal, body));
const bytesOf = (bodies: readonly Uint8Array[]) => bodies.map(({ length }) => length);

async function scrape({ lines }: Gateway): Promise<string> {
  const address = lines.find(({ msg }) => msg === 'own metrics listening')?.['address'];
  return (await fetch(`http://${address}/metrics`)).text();
}

const BATCH = 'otelcol_processor_batch';
const QUEUE = 'otelcol_exporter_queue_batch_send_size';
const ENQUEUE = 'otelcol_exporter_enqueue_size';

for (const workers of [1, 2]) {
  test(`histograms of batches have exactly what was sent, with ${workers} threads`, async (t) => {
    const running = await start(t, `workers: ${workers}`, 'level: detailed');
    const sent = await sendRandom(workers, running);
    const batched = bodiesOf(running.batched);
    const merged = bodiesOf(running.merged);
    const expected = [
      ...histogram(`${BATCH}_batch_send_size`, 'processor="batch/x"', itemsOf('traces', batched), ITEM_BOUNDS),
      ...histogram(`${BATCH}_batch_send_size_bytes`, 'processor="batch/x"', bytesOf(batched), BYTE_BOUNDS),
      ...histogram(QUEUE, 'exporter="otlp_http/merged"', itemsOf('logs', merged), ITEM_BOUNDS),
      ...histogram(`${QUEUE}_bytes`, 'exporter="otlp_http/merged"', bytesOf(merged), BYTE_BOUNDS),
      ...histogram(ENQUEUE, 'exporter="otlp_http/merged"', itemsOf('logs', sent.logs), ITEM_BOUNDS),
      ...histogram(ENQUEUE, 'exporter="otlp_http/batched"', itemsOf('traces', batched), ITEM_BOUNDS),
      ...histogram(`${ENQUEUE}_bytes`, 'exporter="otlp_http/batched"', bytesOf(batched), BYTE_BOUNDS),
    ];
    let body = '';
    // Workers report their counts periodically.
    const isCurrent = () =>
      expected.filter((line) => /_count\{/.test(line)).every((line) => body.includes(`\n${line}\n`));
    do body = await scrape(running.gateway);
    while (workers > 1 && !isCurrent());
    const lines = new Set(body.split('\n'));
    assert.deepEqual(
      expected.filter((line) => !lines.has(line)),
      [],
      body,
    );
    const readValue = (name: string) => Number(new RegExp(`^${BATCH}_${name}\\{.*\\} (.*)$`, 'm').exec(body)?.[1]);
    assert.equal(readValue('batch_size_trigger_send') + readValue('timeout_trigger_send'), batched.length);
    assert.ok(readValue('batch_size_trigger_send') > 0);
    assert.equal(readValue('metadata_cardinality'), 1);
    assert.doesNotMatch(body, /queue_batch_send_size_count\{exporter="otlp_http\/batched"/);
  });
}

test('shows fewer histograms at level normal, none at level basic, and applies views', async (t) => {
  const normal = await start(t, '', 'level: normal');
  const names = new Set((await scrape(normal.gateway)).match(/^# TYPE \S+ histogram/gm));
  assert.deepEqual([...names], [`# TYPE ${BATCH}_batch_send_size histogram`]);
  const basic = await start(t, '', 'level: basic');
  assert.doesNotMatch(await scrape(basic.gateway), /histogram|processor_batch/);
  const views = `views: [
    {selector: {instrument_name: "*_bytes"}, stream: {aggregation: {drop: {}}}},
    {selector: {instrument_name: ${ENQUEUE}}, stream: {name: offered, attribute_keys: {excluded: [exporter]}}}]`;
  const running = await start(t, '', `level: detailed, ${views}`);
  const sent = await sendRandom(3, running);
  const body = await scrape(running.gateway);
  assert.doesNotMatch(body, /send_size_bytes|enqueue_size/);
  const sizes = [...itemsOf('traces', bodiesOf(running.batched)), ...itemsOf('logs', sent.logs)];
  assert.match(body, new RegExp(`^offered_bucket\\{le="50"\\} ${sizes.filter((size) => size <= 50).length}$`, 'm'));
  assert.match(body, new RegExp(`^offered_count ${sizes.length}$`, 'm'));
});

test('counts requests in flight', async (t) => {
  const running = await start(t, '', 'level: normal');
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  running.batched.response = () => promise;
  const client = createHttpClient({ endpoint: `http://${running.gateway.address('http')}` });
  const spans = Array.from({ length: 180 }, () => ids);
  await client.export('traces', [encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })]);
  await client.shutdown();
  await running.batched.untilRequests(3);
  const shows = async (count: number) =>
    (await scrape(running.gateway)).includes(
      `\notelcol_exporter_in_flight_requests{data_type="traces",exporter="otlp_http/batched"} ${count}\n`,
    );
  assert.ok(await shows(3));
  resolve(ACCEPTED);
  while (!(await shows(0)));
});

test('sends histograms over OTLP', async (t) => {
  const metrics = await startDestination(t);
  const otlp = `{protocol: http/protobuf, endpoint: "${metrics.url}"}`;
  const running = await start(t, '', 'level: detailed', `{periodic: {interval: 3600000, exporter: {otlp: ${otlp}}}}`);
  await sendRandom(4, running);
  const batched = bodiesOf(running.batched);
  await running.gateway.service.shutdown();
  const last = metrics.requests.at(-1) ?? assert.fail('no metrics');
  const { resourceMetrics } = JSON.parse(requestToJson('metrics', last.body));
  const found = resourceMetrics[0].scopeMetrics[0].metrics.find(
    ({ name }: { readonly name: string }) => name === `${BATCH}_batch_send_size_bytes`,
  );
  const [point] = found.histogram.dataPoints;
  const bounds = BYTE_BOUNDS.split(' ').map(Number);
  const sizes = bytesOf(batched);
  const countIn = (from: number, to: number) => sizes.filter((size) => size > from && size <= to).length;
  assert.deepEqual(point.explicitBounds, bounds);
  assert.deepEqual(
    point.bucketCounts.map(Number),
    [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => countIn(bounds[index - 1] ?? 0, bound)),
  );
  assert.equal(Number(point.count), sizes.length);
  assert.equal(
    point.sum,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  assert.deepEqual(point.attributes, [{ key: 'processor', value: { stringValue: 'batch/x' } }]);
});
