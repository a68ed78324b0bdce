import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createNotifier, parseAlertmanagerConfig } from '@otelier/alerting/notify';
import { type Client, type ClientOptions, createClient, OtlpTraceExporter, span } from '@otelier/sdk';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { createRandom } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { registry } from '../../packages/collector/src/registry.generated.ts';
import { createClient as createBrowserClient } from '../../packages/sdk/src/browser.ts';
import { tempDirectory } from './gateway.ts';
import {
  checkLine,
  checkTexts,
  checkWaits,
  MAX_LINE,
  shutDown,
  until,
  type WatchedClock,
  watchedClock,
} from './hostile-responses/checks.ts';
import { type HostileDestination, startHostileDestination } from './hostile-responses/destination.ts';
import { type HostileResponse, hostileResponse } from './hostile-responses/responses.ts';

const ITEMS = 10;
const CASES = 60;

/** Runs the cases of a target, in each of which the destination responds differently. */
async function eachCase(
  t: TestContext,
  transport: 'http' | 'grpc' | 'websocket',
  run: (destination: HostileDestination, clock: WatchedClock) => Promise<void>,
): Promise<void> {
  const first = hostileResponse(createRandom(0));
  const destination = await startHostileDestination(t, transport, first);
  for (let seed = 1; seed <= CASES; seed++) {
    destination.response = hostileResponse(createRandom(seed));
    destination.count = 0;
    const clock = watchedClock();
    try {
      await run(destination, clock);
      checkWaits(clock);
    } catch (error) {
      throw new Error(`seed ${seed}: ${describe(destination.response)}`, { cause: error });
    }
  }
}

function describe({ message, jsonMessage, ...rest }: HostileResponse): string {
  const texts = { message: message.slice(0, 40), jsonMessage: JSON.stringify(jsonMessage).slice(0, 40) };
  return JSON.stringify({ ...rest, ...texts }, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

function checkCount(count: number, what: string): void {
  assert.ok(Number.isSafeInteger(count) && count >= 0 && count <= ITEMS, `${what}: ${count} of ${ITEMS} items`);
}

const EXPORTERS = [
  ['otlp_http', 'http', { encoding: 'proto' }],
  ['otlp_http', 'http', { encoding: 'json' }],
  ['otlp_grpc', 'grpc', { tls: { insecure: true } }],
  ['otlp_websocket', 'websocket', {}],
] as const;

for (const [type, transport, options] of EXPORTERS) {
  const name = `${type} ${JSON.stringify(options)}`;
  test(`the exporter ${name} counts, logs and waits within bounds for any response`, async (t) => {
    const definition = await registry.exporter[type]?.load();
    assert.ok(definition !== undefined);
    await eachCase(t, transport, async (destination, clock) => {
      const config = { endpoint: destination.endpoint, timeout: 0, ...options };
      const bench = await createComponentBench(definition, { config, signals: ['traces'], clock });
      await bench.start();
      const outcome = await bench.send(sampleBatch('traces', ITEMS));
      assert.equal(outcome.kind, 'accepted');
      const isReported = () => bench.logs.some(({ level }) => Number(level) >= 40);
      const isIdle = () => bench.service.graph().admission.inFlightBytes === 0;
      await until(() => destination.count > 0 && (destination.response.kind === 'retry' ? isReported() : isIdle()));
      await shutDown(clock, bench.service.shutdown());
      const dropped = Object.values(bench.dropped()).reduce((sum, count) => sum + count, 0);
      checkCount(dropped, 'dropped');
      const isRejected = destination.response.kind === 'refused';
      if (isRejected) assert.equal(dropped, ITEMS);
      checkTexts(bench.logs);
      checkTexts(bench.error());
      for (const line of bench.logs) assert.ok(JSON.stringify(line).length <= 2 * MAX_LINE);
    });
  });
}

type Make = (options: ClientOptions) => Client;
const CLIENTS: readonly (readonly [name: string, 'http' | 'grpc' | 'websocket', ClientOptions, Make])[] = [
  ['Node, HTTP', 'http', { protocol: 'http/protobuf' }, createClient],
  ['Node, JSON', 'http', { protocol: 'http/json' }, createClient],
  ['Node, gRPC', 'grpc', { protocol: 'grpc' }, createClient],
  ['Node, WebSocket', 'websocket', { protocol: 'websocket' }, createClient],
  ['browser, HTTP', 'http', { protocol: 'http/protobuf' }, createBrowserClient],
  ['browser, JSON', 'http', { protocol: 'http/json' }, createBrowserClient],
];

for (const [name, transport, options, make] of CLIENTS) {
  test(`the client library (${name}) counts, logs and waits within bounds for any response`, async (t) => {
    await eachCase(t, transport, async (destination, clock) => {
      const lines: string[] = [];
      const { endpoint } = destination;
      const client = make({ endpoint, clock, log: (line) => lines.push(line), flushOnExit: false, ...options });
      let isRetrying = false;
      client.subscribe((event) => {
        isRetrying ||= event.kind === 'retrying' || event.kind === 'dropped';
        checkTexts(event);
        if ('items' in event) checkCount(event.items, event.kind);
      });
      for (let i = 0; i < ITEMS; i++) client.record(span(`span ${i}`));
      const flushed = client.flush();
      let isFlushed = false;
      void flushed.then(() => {
        isFlushed = true;
      });
      await until(() => isRetrying || isFlushed);
      // A success is final, regardless of what else the response contains.
      if (destination.response.kind === 'partial') assert.equal(isRetrying, false, 'a successful request was retried');
      await shutDown(clock, client.shutdown(0));
      for (const line of lines) checkLine(line);
      const health = client.health.traces;
      assert.ok(health !== undefined);
      const lost = Object.values(health.droppedItems).reduce((sum, count) => sum + count, 0);
      checkCount(health.rejectedItems, 'rejected');
      assert.equal(health.sentItems + health.rejectedItems + lost, ITEMS, JSON.stringify(health));
    });
  });
}

for (const [transport, protocol] of [
  ['http', 'http/protobuf'],
  ['http', 'http/json'],
  ['grpc', 'grpc'],
] as const) {
  test(`the exporter for opentelemetry-js (${protocol}) logs one bounded warning for any response`, async (t) => {
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.WARN);
    t.after(async () => diag.disable());
    await eachCase(t, transport, async (destination) => {
      lines.length = 0;
      const retry = { maxElapsedMillis: 1 };
      const exporter = new OtlpTraceExporter({ endpoint: destination.endpoint, protocol, retry });
      const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
      provider.getTracer('test').startSpan('one').end();
      await provider.forceFlush().catch(() => undefined);
      await provider.shutdown();
      for (const line of lines) {
        checkLine(line);
        assert.doesNotMatch(line, /\d{3} items|[2-9] of 1 items/);
      }
    });
  });
}

test('the notifier of alerts shows, logs and waits within bounds for any response', async (t) => {
  const directory = await tempDirectory(t);
  let cases = 0;
  await eachCase(t, 'http', async (destination, clock) => {
    const receivers = [{ name: 'hook', webhook_configs: [{ url: destination.endpoint }] }];
    const { config } = parseAlertmanagerConfig({ route: { receiver: 'hook' }, receivers }, directory);
    assert.ok(config !== undefined);
    const lines: string[] = [];
    const state = join(directory, String(++cases));
    const log = (event: object) => void lines.push(JSON.stringify(event));
    const notifier = createNotifier({ config, clock, directory: state, externalUrl: 'http://otelier', log });
    const alert = { labels: { alertname: 'Down' }, annotations: {}, generatorUrl: '' };
    notifier.post([{ ...alert, startsAtMs: undefined, endsAtMs: clock.now() + 86_400_000 }]);
    await clock.advance(30_000);
    const isSettled = () =>
      notifier
        .deliveries()
        .pending.every(({ attempts, nextAttemptAtMs }) => attempts > 0 && nextAttemptAtMs !== undefined);
    await until(() => destination.count > 0 && isSettled());
    const { pending, failed } = notifier.deliveries();
    const counts = { partial: [0, 0], retry: [1, 0], refused: [0, 1] }[destination.response.kind];
    assert.deepEqual([pending.length, failed.length], counts);
    checkTexts([pending, failed]);
    for (const line of lines) checkLine(line);
    await notifier.close();
  });
});
