import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { TestBroker } from '../../packages/collector/src/kafka/broker.testing.ts';
import { TestServer } from '../../packages/collector/src/nats/server.testing.ts';
import { startGateway, tempDirectory } from './gateway.ts';
import { itemsOf, parseLines } from './items.ts';
import { type ExportSink, startExportSink } from './sdk-conformance/export-sink.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');

interface ExampleRun {
  readonly sink: ExportSink;
  /** The lines of the example's output. */
  readonly lines: readonly string[];
  /** The distinct items that arrived. */
  readonly items: readonly Arrived[];
}

interface Arrived {
  readonly service: string | undefined;
  readonly name: string | undefined;
  readonly item: Record<string, unknown>;
}

/** Runs an example against a test server, as a user would. */
async function runExample(
  t: TestContext,
  name: string,
  prepare: (sink: ExportSink) => void = () => {},
  environment: Readonly<Record<string, string>> = {},
): Promise<ExampleRun> {
  const sink = await startExportSink(t);
  prepare(sink);
  const lines = await run(name, { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...environment });
  return { sink, lines, items: arrivedIn(sink) };
}

/** Compile cache, because examples spend most of their time on compilation. */
let compiled: string;
before(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'otelier-compiled-'));
});
after(() => rm(compiled, { recursive: true }));

async function run(
  name: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<readonly string[]> {
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled, ...environment };
  const child = spawn(process.execPath, [join(EXAMPLES, name), ...args], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 0, output);
  return output.split('\n').filter((line) => line !== '');
}

function arrivedIn(sink: ExportSink): readonly Arrived[] {
  return itemsOf(sink.requests()).map(({ resource, metric, item }) => ({
    service: attributesOf(resource)['service.name'] as string | undefined,
    name: ((metric ?? item) as { name?: string }).name,
    item: item as Record<string, unknown>,
  }));
}

function attributesOf(thing: unknown): Readonly<Record<string, unknown>> {
  const { attributes = [] } = thing as { attributes?: readonly { key: string; value: object }[] };
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** Counts how many times each name arrived. */
function countsOf(items: readonly Arrived[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...Map.groupBy(items, ({ name }) => name ?? '')].map(([name, group]) => [name, group.length]),
  );
}

// Concurrent, because examples spend most of their time on startup.
/** Servers of messages for the examples of that name. They return the settings for receiver and exporter. */
const BROKERS: readonly (readonly [string, (t: TestContext) => Promise<readonly [string, string]>])[] = [
  [
    'kafka',
    async (t) => {
      const broker = await TestBroker.start();
      t.after(() => broker.stop());
      for (const topic of ['otlp_spans', 'otlp_metrics', 'otlp_logs']) broker.createTopic(topic);
      // The broker in memory has no transactions, which `all` uses.
      const producer = `{brokers: [${broker.address}], producer: {required_acks: 1}}`;
      return [`receivers.kafka.brokers=[${broker.address}]`, `exporters.kafka=${producer}`];
    },
  ],
  [
    'nats',
    async (t) => {
      const server = await TestServer.start();
      t.after(() => server.stop());
      return [`receivers.nats.servers=[${server.url}]`, `exporters.nats.servers=[${server.url}]`];
    },
  ],
];

describe('examples', { concurrency: 3 }, () => {
  test('traces', async (t) => {
    const { items } = await runExample(t, 'traces.ts');
    assert.deepEqual(countsOf(items), { price: 1, 'GET /cart': 1 });
    const [price, request] = items;
    assert.equal(price?.service, 'example-traces');
    assert.equal(price?.item['parentSpanId'], request?.item['spanId']);
    assert.deepEqual(request?.item['status'], { code: 2, message: 'no price' });
  });

  test('metrics', async (t) => {
    const { items } = await runExample(t, 'metrics.ts');
    assert.deepEqual(countsOf(items), { requests: 1, 'request.duration': 1, memory: 1, 'cache.hits': 1 });
    const of = (name: string) => items.find((item) => item.name === name)?.item ?? {};
    assert.equal(of('requests')['asDouble'], 100);
    assert.equal(of('request.duration')['sum'], 5050);
    assert.equal(of('cache.hits')['asDouble'], 1_000);
  });

  test('logs', async (t) => {
    const { items } = await runExample(t, 'logs.ts');
    const span = items.find(({ name }) => name === 'POST /order');
    const refused = items.find(({ item }) => attributesOf(item)['order.id'] === 'a-17');
    assert.equal(refused?.item['spanId'], span?.item['spanId']);
    assert.equal(attributesOf(refused?.item)['exception.message'], 'card expired');
    assert.deepEqual(
      items.map(({ item }) => (item['body'] as { stringValue?: string } | undefined)?.stringValue),
      ['shop opened', undefined, 'disk is nearly full', undefined],
    );
  });

  test('batching', async (t) => {
    const { sink, lines, items } = await runExample(t, 'batching.ts');
    assert.equal(items.length, 2_500);
    assert.deepEqual(lines, [
      'otelier: lost 500 items since the last report: the queue is full',
      'sent 2500, dropped 500',
    ]);
    assert.ok(sink.handler.requests.length >= 25);
  });

  test('streaming', async (t) => {
    const { lines, items } = await runExample(t, 'streaming.ts', ({ handler }) => {
      handler.response = ({ body }) =>
        Buffer.from(body).includes('node:fs/promises')
          ? { kind: 'partial', rejectedItems: 1, reason: 'too long' }
          : { kind: 'accepted' };
    });
    const source = (await readFile(join(EXAMPLES, 'streaming.ts'), 'utf8')).trimEnd().split('\n');
    const bodies = items.map(({ item }) => (item['body'] as { stringValue?: string }).stringValue ?? '');
    assert.deepEqual(bodies.toSorted(), source.toSorted());
    assert.deepEqual(lines.slice(1), [
      'lines 1 to 10 partial: too long',
      'lines 11 to 20 accepted',
      `lines 21 to ${source.length} accepted`,
    ]);
  });

  test('worker threads', async (t) => {
    const { items } = await runExample(t, 'worker-threads.ts');
    assert.deepEqual(countsOf(items), { resize: 100, 'resize images': 1 });
    const root = items.find(({ name }) => name === 'resize images')?.item;
    assert.ok(items.every(({ item }) => item === root || item['parentSpanId'] === root?.['spanId']));
    const clients = Map.groupBy(items, ({ item }) => attributesOf(item)['client']);
    assert.deepEqual([clients.get('own')?.length, clients.get('shared')?.length], [50, 50]);
  });

  test('builder', async (t) => {
    const { sink, items } = await runExample(t, 'builder.ts');
    assert.deepEqual(countsOf(items), { parse: 1, store: 1, import: 1, '': 1, 'import.rows': 2 });
    const of = (name: string) => items.find((item) => item.name === name)?.item ?? {};
    assert.equal(of('parse')['parentSpanId'], of('import')['spanId']);
    assert.deepEqual(of('store')['status'], { code: 2, message: 'the table is locked' });
    assert.equal(of('import.rows')['asInt'], '1');
    const priority = (wanted: string) =>
      new Set(
        sink.handler.requests.filter(({ signal }) => signal === wanted).map(({ headers }) => headers['x-priority']),
      );
    assert.deepEqual([priority('traces'), priority('logs')], [new Set(['low']), new Set(['high'])]);
    const record = items.find(({ name }) => name === undefined)?.item;
    assert.equal(attributesOf(record)['exception.message'], 'no price');
    assert.equal(record?.['spanId'], of('import')['spanId']);
  });

  test('strategy', async (t) => {
    for (const DELIVERY of ['sidecar', 'remote']) {
      const { items } = await runExample(t, 'strategy.ts', undefined, { DELIVERY });
      assert.deepEqual(countsOf(items), { 'GET /cart': 1, 'GET /order': 1 });
    }
  });

  test('observer', async (t) => {
    const { lines, items } = await runExample(t, 'observer.ts');
    assert.deepEqual(lines, ['1 slow']);
    assert.deepEqual(attributesOf(items[0]?.item), { card: '[redacted]', amount: 12.5, 'customer.tier': 'gold' });
  });

  test('errors', async (t) => {
    const responses = [
      { kind: 'accepted' },
      { kind: 'partial', rejectedItems: 1, reason: 'too old' },
      { kind: 'refused', reason: 'no such tenant' },
    ] as const;
    const { lines } = await runExample(t, 'errors.ts', ({ handler }) => {
      const waiting = [...responses];
      handler.response = ({ body }) =>
        Buffer.from(body).includes('wrong value') ? responses[0] : (waiting.shift() ?? responses[0]);
    });
    // The warning comes from standard error, whose lines can arrive before or after those of standard output.
    const warning = 'otelier: server rejected 1 items of traces: too old';
    assert.equal(lines.filter((line) => line === warning).length, 1);
    assert.deepEqual(
      lines.filter((line) => line !== warning),
      [
        'batch.maxItems: expected 1 to 65536, got 0',
        'first: accepted',
        'second: 1 rejected, too old',
        'third: refused, the server responded 400: no such tenant',
        'flushed',
      ],
    );
  });

  test('monitoring', async (t) => {
    const { lines, items } = await runExample(t, 'monitoring.ts', ({ handler }) => {
      const responses = [
        { kind: 'retry', afterMillis: undefined, reason: 'busy' },
        { kind: 'accepted' },
        { kind: 'refused', reason: 'no such tenant' },
      ] as const;
      const waiting = [...responses];
      handler.response = () => waiting.shift() ?? { kind: 'accepted' };
    });
    assert.deepEqual(lines.slice(0, -1), [
      'retrying: the server responded 503: busy',
      'sent 1 of traces',
      'lost 1 of traces: the server responded 400: no such tenant',
      'log: otelier: lost 1 items since the last report: the server responded 400: no such tenant',
      'sent 10 of metrics',
    ]);
    assert.equal(JSON.parse(lines.at(-1) ?? '').droppedItems.refused, 1);
    const causes = items
      .filter(({ name }) => name === 'otel.sdk.exporter.span.exported')
      .map(({ item }) => attributesOf(item)['error.type']);
    assert.deepEqual(causes, [
      ...[undefined, 'rejected', 'refused', 'retries_exhausted', 'shutdown', 'buffer_failed', 'processing_failed'],
    ]);
  });

  test('offline buffering and resuming', async (t) => {
    const BUFFER = join(await tempDirectory(t), 'buffer');
    const offline = await run('offline.ts', { BUFFER, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    assert.deepEqual(offline, ['buffered 1', 'buffered 2', 'buffered 3']);
    const { lines, items } = await runExample(t, 'offline.ts', undefined, { BUFFER });
    assert.deepEqual(lines, ['flushed', 'flushed', 'flushed']);
    const steps = ['step one', 'step two', 'step three'];
    assert.deepEqual(
      items.map(({ name }) => name),
      [...steps, ...steps],
    );
  });

  test('a program configured by a file', async (t) => {
    const { items } = await runExample(t, join('configuration', 'application.ts'), undefined, {
      NODE_OPTIONS: '--import @otelier/sdk/register',
      OTEL_CONFIG_FILE: join(EXAMPLES, 'configuration', 'otel.yaml'),
    });
    assert.ok(items.every(({ service }) => service === 'example-configuration'));
    assert.deepEqual(countsOf(items), { 'POST /order': 1, 'POST /health': 1, orders: 2, '': 2 });
    const routes = items.filter(({ name }) => name === 'orders').map(({ item }) => attributesOf(item));
    assert.deepEqual(routes, [{ 'http.route': '/order' }, { 'http.route': '/health' }]);
  });

  test('a shop of five services, whose orders are one trace each', { timeout: 120_000 }, async (t) => {
    const sink = await startExportSink(t);
    const lines = await run(join('shop', 'run.ts'), { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url }, '--orders', '2');
    assert.deepEqual(lines.slice(1), ['order 1: 201 {"id":1,"items":2}', 'order 2: 201 {"id":2,"items":2}']);
    const spans = arrivedIn(sink).filter(({ item }) => item['spanId'] !== undefined && item['kind'] !== undefined);
    const order = spans.find(({ service, name }) => service === 'shop-storefront' && name === 'POST /orders');
    const names = spans
      .filter(({ item }) => item['traceId'] === order?.item['traceId'] && item['kind'] !== 1)
      .map(({ service, name }) => `${service?.slice('shop-'.length)}: ${name}`);
    assert.deepEqual([...new Set(names)].toSorted(), [
      'cart: DELETE /carts/:customer',
      'cart: HINCRBY 0',
      'cart: PIPELINE 0',
      'cart: PUT /carts/:customer/:product',
      'catalog: GET /products/:name',
      'catalog: SELECT products',
      'orders: DELETE',
      'orders: INSERT orders',
      'orders: POST /orders',
      'orders: RPUSH 0',
      'storefront: GET',
      'storefront: POST',
      'storefront: POST /orders',
      'storefront: PUT',
      'worker: UPDATE orders',
      'worker: pack order',
    ]);
  });

  test('the gateway with a custom configuration', async (t) => {
    const directory = await tempDirectory(t);
    const config = await readFile(join(EXAMPLES, 'gateway', 'otelier.yaml'), 'utf8');
    const gateway = await startGateway(t, {
      config: [config],
      set: [
        'receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0',
        'receivers.otlp.protocols.http.endpoint=127.0.0.1:0',
        'extensions.workbench.endpoint=127.0.0.1:0',
        `exporters.store.directory=${directory}/store`,
        `exporters.file.path=${directory}/traces.jsonl`,
      ],
    });
    await run(join('gateway', 'application.ts'), { OTEL_EXPORTER_OTLP_ENDPOINT: gateway.http });
    const { rows } = await gateway.api.sql({
      statement: `SELECT name, attributes->>'card.number', resource_attributes->>'deployment.environment.name' FROM spans`,
    });
    assert.deepEqual(rows, [['POST /pay', null, 'staging']]);
    assert.equal(await gateway.stop(), 0, gateway.output());
    const written = itemsOf(parseLines(await readFile(join(directory, 'traces.jsonl'), 'utf8')));
    assert.deepEqual(
      written.map(({ item }) => attributesOf(item)),
      [{ 'http.route': '/pay' }],
    );
  });

  for (const [name, startBroker] of BROKERS)
    test(`telemetry by way of ${name}`, { timeout: 120_000 }, async (t) => {
      const [receiving, sending] = await startBroker(t);
      const start = async (file: string, ...set: readonly string[]) =>
        await startGateway(t, { config: [await readFile(join(EXAMPLES, name, file), 'utf8')], set });
      const receiver = await start(
        'receive.yaml',
        receiving,
        'extensions.workbench.endpoint=127.0.0.1:0',
        `exporters.store.directory=${await tempDirectory(t)}`,
      );
      const sender = await start(
        'send.yaml',
        sending,
        'receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0',
        'receivers.otlp.protocols.http.endpoint=127.0.0.1:0',
      );
      await run(join('gateway', 'application.ts'), { OTEL_EXPORTER_OTLP_ENDPOINT: sender.http });
      let rows: readonly unknown[] = [];
      while (rows.length < 2) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        ({ rows } = await receiver.api.sql({ statement: 'SELECT name FROM spans ORDER BY name' }));
      }
      assert.deepEqual(rows, [['GET /healthz'], ['POST /pay']]);
    });

  test('alerts by webhook', { timeout: 120_000 }, async (t) => {
    const [port = 0] = await freePorts(1);
    const env = { ...process.env, NODE_COMPILE_CACHE: compiled, PORT: String(port) };
    const child = spawn(process.execPath, [join(EXAMPLES, 'alerting', 'receiver.ts')], { env });
    t.after(() => child.kill());
    const text = await readFile(join(EXAMPLES, 'alerting', 'otelier.yaml'), 'utf8');
    await startGateway(t, {
      config: [text.replace('127.0.0.1:9000', `127.0.0.1:${port}`)],
      set: [
        'receivers.otlp.protocols.http.endpoint=127.0.0.1:0',
        'extensions.workbench.endpoint=127.0.0.1:0',
        `exporters.store.directory=${await tempDirectory(t)}`,
      ],
    });
    const [printed] = await once(child.stdout.setEncoding('utf8'), 'data');
    assert.equal(printed, 'firing: NoOrders (critical): The shop takes no orders.\n');
  });

  test('tests of pipelines', async () => {
    const lines = await run(
      join('..', 'packages', 'collector', 'bin', 'otelier.js'),
      {},
      'test',
      '--coverage',
      join(EXAMPLES, 'pipeline-tests'),
    );
    assert.deepEqual(lines.slice(-2), ['4 tests: 4 passed', 'Rules: 5 of 5 matched (100.0 %)']);
  });

  test('a page in a browser', async (t) => {
    const directory = await tempDirectory(t);
    await run(join('browser', 'build.ts'), {}, join(directory, 'dist'));
    const sink = await startExportSink(t);
    const shop = createServer((request, response) => void serve(request, response, directory));
    await once(shop.listen(0, '127.0.0.1'), 'listening');
    t.after(() => shop.close());
    const browser = await launchBrowser();
    t.after(() => browser.close());
    const { page, errors } = await openPage(browser);
    await page.goto(`http://127.0.0.1:${(shop.address() as AddressInfo).port}/?endpoint=${sink.url}`);
    await page.getByRole('button', { name: 'Order' }).click();
    await page.getByText('ordered').waitFor();
    await sink.handler.untilRequests(1);
    assert.deepEqual(countsOf(arrivedIn(sink)), { 'GET /stock': 1, order: 1 });
    assert.deepEqual(errors, []);
  });

  test('every example has a test', async () => {
    const source = await readFile(import.meta.filename, 'utf8');
    const names = await readdir(EXAMPLES);
    assert.deepEqual(
      names.filter((name) => !TESTED_ELSEWHERE.has(name) && !source.includes(`'${name}'`)),
      [],
    );
  });
});

/** Examples whose tests need what other tests start: `sign-in-example.test.ts`. */
const TESTED_ELSEWHERE: ReadonlySet<string> = new Set(['sign-in']);

async function serve(request: IncomingMessage, response: ServerResponse, built: string): Promise<void> {
  if (request.url === '/stock') response.end('12');
  else if (request.url === '/dist/page.js') {
    response.setHeader('content-type', 'text/javascript');
    response.end(await readFile(join(built, 'dist', 'page.js')));
  } else if (request.url?.startsWith('/?')) {
    response.setHeader('content-type', 'text/html');
    response.end(await readFile(join(EXAMPLES, 'browser', 'index.html')));
  } else response.writeHead(404).end();
}
