import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import type { RequestAttributes } from '@otelier/transport';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import { addDurations } from '../component/requests/add-durations.ts';
import { RequestDurations, SECOND_BOUNDS } from '../component/requests/request-durations.ts';
import { startGateway } from '../service/reload/gateway.testing.ts';
import { startWorkers } from '../workers/service.testing.ts';
import { sendTraffic } from './request-traffic.testing.ts';

/** What the Collector shows for the traffic, at the level `detailed`: series without buckets, and the bounds of one. */
const RECORDED = JSON.parse(readFileSync(new URL('./collector-request-durations.json', import.meta.url), 'utf8')) as {
  readonly bounds: readonly string[];
  readonly series: readonly string[];
};

const EVERY_PORT = /server_port="\d+"/g;

async function startDestinations(t: TestContext) {
  const handler = createRecordingHandler();
  const http = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
  const grpc = await createGrpcServer({ endpoint: '127.0.0.1:0' }, handler);
  t.after(() => Promise.all([http.shutdown(0), grpc.shutdown(0)]));
  const sending = { sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
  return {
    'otlp_http/back': { endpoint: `http://${http.address}`, ...sending },
    'otlp_grpc/back': { endpoint: grpc.address, tls: { insecure: true }, ...sending },
  };
}

function configuration(level: string, exporters: object) {
  return JSON.stringify({
    receivers: {
      otlp: { protocols: { http: { endpoint: '127.0.0.1:0' }, grpc: { endpoint: '127.0.0.1:0' } } },
    },
    exporters,
    service: {
      telemetry: {
        metrics: { level, readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: 0 } } } }] },
      },
      pipelines: { traces: { receivers: ['otlp'], exporters: Object.keys(exporters) } },
    },
  });
}

async function scrape(lines: readonly Record<string, unknown>[]): Promise<readonly string[]> {
  const address = lines.find(({ msg }) => msg === 'own metrics listening')?.['address'];
  const page = await (await fetch(`http://${address}/metrics`)).text();
  return page.split('\n').filter((line) => /^(http|rpc)_/.test(line));
}

/** Returns the series with the number of requests, with a placeholder for ports. */
function counts(lines: readonly string[]): string[] {
  return lines
    .filter((line) => /_duration_count\{/.test(line))
    .map((line) => line.replace(EVERY_PORT, 'server_port="*"'))
    .sort();
}

test('measures requests as the Collector does at the level detailed', async (t) => {
  const exporters = await startDestinations(t);
  const gateway = await startGateway(t, configuration('detailed', exporters));
  await sendTraffic({ http: gateway.address('http'), grpc: gateway.address('grpc') });
  const lines = await scrape(gateway.lines);
  assert.deepEqual(counts(lines), RECORDED.series);
  const bounds = new Set(lines.flatMap((line) => /\ble="([^"]+)"/.exec(line)?.[1] ?? []));
  assert.deepEqual([...bounds], RECORDED.bounds);
});

test('measures no requests at the level normal', async (t) => {
  const gateway = await startGateway(t, configuration('normal', { nop: {} }));
  await sendTraffic({ http: gateway.address('http'), grpc: gateway.address('grpc') });
  assert.deepEqual(await scrape(gateway.lines), []);
  assert.ok(gateway.service.graph().nodes.every(({ requests }) => requests === undefined));
});

test('sums the requests of worker threads', async (t) => {
  const { service, clients } = await startWorkers(t, configuration('detailed', { nop: {} }));
  const request = Buffer.alloc(0);
  await Promise.all(clients(8).map((client) => client.export('traces', [request])));
  // The counters of worker threads arrive with the drain.
  await service.drain();
  const [measured, ...others] = service.graph().nodes.flatMap(({ requests }) => requests ?? []);
  assert.deepEqual(others, []);
  const total = Object.values(measured?.buckets ?? {}).reduce((sum, count) => sum + count, 0);
  assert.equal(total, 8);
});

test('counts each request once, in the bucket of its duration, with a limited number of series', () => {
  const random = createRandom(14);
  for (let round = 0; round < 50; round++) {
    const threads = [new RequestDurations(), new RequestDurations()] as const;
    const expected = new Map<string, number>();
    const hosts = 1 + random(300);
    for (let request = 0; request < 500; request++) {
      const millis = random(12_000);
      const attributes: RequestAttributes = { 'server.address': `host-${random(hosts)}` };
      threads[random(2) === 0 ? 0 : 1].observe('http.server.request.duration', attributes, millis);
      const bound = String(SECOND_BOUNDS.find((max) => millis / 1000 <= max) ?? Number.POSITIVE_INFINITY);
      expected.set(bound, (expected.get(bound) ?? 0) + 1);
    }
    for (const thread of threads) assert.ok(thread.durations().length <= 201);
    const counted = new Map<string, number>();
    for (const { buckets } of addDurations(threads[0].durations(), threads[1].durations()) ?? [])
      for (const [bound, count] of Object.entries(buckets)) counted.set(bound, (counted.get(bound) ?? 0) + count);
    assert.deepEqual([...counted].sort(), [...expected].sort());
  }
});
