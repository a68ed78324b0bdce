import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createHttpServer } from '@otelier/transport/http-server';
import { withTempDirectory } from '../cli/otelier.testing.ts';
import { configOf, findingsOf, type Running, spanAt, withService } from './doctor.testing.ts';

const GOOD = {
  'service.name': 'checkout',
  'telemetry.sdk.name': 'opentelemetry',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.version': '2.1.0',
  'process.pid': '7',
};

/** Runs a destination with the given outcome. */
async function withDestination(outcome: Outcome, run: (url: string, requests: () => number) => Promise<void>) {
  const handler = createRecordingHandler();
  handler.response = () => outcome;
  const server = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
  try {
    await run(`http://${server.address}`, () => handler.requests.length);
  } finally {
    await server.shutdown(0);
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const exporter = (url: string, more = '') => `{otlp_http: {endpoint: "${url}"${more}}}`;
const nodeOf = ({ service }: Running) =>
  service.graph().nodes.find(({ kind, signal }) => kind === 'exporter' && signal === 'traces');

/** Sends while the process is observed. */
async function diagnosedWhileSending(running: Running, ...requests: readonly object[]) {
  const report = running.diagnose(400);
  for (const request of requests) assert.equal(await running.send('/v1/traces', request), 200);
  return await report;
}

test('a healthy process has no findings', () =>
  withTempDirectory((directory) =>
    withDestination(ACCEPTED, async (url, requests) => {
      const store = `{otlp_http: {endpoint: "${url}"}, store: {directory: "${directory}", max_size: 100MB}}`;
      const config = configOf(store).replaceAll('[otlp_http]', '[otlp_http, store]');
      await withService(config, async (running) => {
        const report = await diagnosedWhileSending(running, spanAt(Date.now(), GOOD));
        assert.deepEqual(report.findings, []);
        assert.ok(report.checks.length >= 11, report.checks.join());
        await until(() => requests() > 0);
      });
    }),
  ));

test('reports an export that the far side refuses, with its message', () =>
  withDestination({ kind: 'refused', reason: 'token "abc" is unknown' }, (url) =>
    withService(configOf(exporter(url)), async (running) => {
      await running.send('/v1/traces', spanAt(Date.now(), GOOD));
      await until(() => nodeOf(running)?.lastLoss !== undefined);
      const [finding] = findingsOf(await running.diagnose(), 'exports');
      assert.match(
        finding ?? '',
        /^error exporters\/otlp_http \(traces\): lost 1 items since the start \(refused\), .*token "abc" is unknown/,
      );
    }),
  ));

test('reports an export that the far side wants later, with its message', () =>
  withDestination({ kind: 'retry', afterMillis: 60_000, reason: 'ingest is in maintenance' }, (url) =>
    withService(configOf(exporter(url)), async (running) => {
      await running.send('/v1/traces', spanAt(Date.now(), GOOD));
      await until(() => nodeOf(running)?.problem !== undefined);
      const [finding] = findingsOf(await running.diagnose(), 'exports');
      assert.match(finding ?? '', /does not accept telemetry: retrying, .*ingest is in maintenance/);
    }),
  ));

test('reports a destination that cannot be reached, although nothing was sent to it', () =>
  withService(configOf(exporter('http://127.0.0.1:1')), async (running) => {
    assert.deepEqual(findingsOf(await running.diagnose(), 'destinations'), [
      'error exporters/otlp_http: http://127.0.0.1:1: cannot connect: connect ECONNREFUSED 127.0.0.1:1',
    ]);
  }));

test('reports a queue that will be full, and when', () =>
  withService(
    configOf(exporter('http://127.0.0.1:1', ', sending_queue: {sizer: bytes, queue_size: 100000}')),
    async (running) => {
      let isDone = false;
      const report = running.diagnose(800).finally(() => {
        isDone = true;
      });
      while (!isDone) await running.send('/v1/traces', spanAt(Date.now(), GOOD));
      const [finding] = findingsOf(await report, 'queues');
      assert.match(
        finding ?? '',
        /^error exporters\/otlp_http \(traces\): the sending queue is \d+ % full \(.*\)(, growing by [\d,]+ bytes\/s, full in \d+ (s|minutes|hours))?$/,
      );
    },
  ));

test('reports requests that the memory limit rejects', () =>
  withService(configOf('{nop: {}}', '  memory: {limit: 1MiB}'), async (running) => {
    const request = spanAt(Date.now(), { ...GOOD, padding: 'x'.repeat(3_000_000) });
    const report = running.diagnose(400);
    assert.notEqual(await running.send('/v1/traces', request), 200);
    assert.match(findingsOf(await report, 'memory')[0] ?? '', /requests were rejected as retryable while observed/);
  }));

test('reports senders with a wrong clock, without a name, with an old SDK, and with two SDKs', () =>
  withService(configOf('{nop: {}}'), async (running) => {
    const now = Date.now();
    const old = { ...GOOD, 'service.name': 'legacy', 'telemetry.sdk.version': '1.9.1', 'service.instance.id': 'a' };
    const requests = [
      spanAt(now, { 'host.name': 'web-1' }),
      spanAt(now, { 'service.name': 'unknown_service:node' }),
      spanAt(now, old),
      spanAt(now, GOOD),
      spanAt(now, { ...GOOD, 'telemetry.sdk.version': '2.0.0' }),
      spanAt(now + 1, GOOD),
      ...[0, 1, 2].map((second) => spanAt(now + 600_000 + second * 1000, { ...GOOD, 'service.name': 'fast' })),
      ...[0, 1, 2].map((second) => spanAt(now - 7_200_000 + second * 1000, { ...GOOD, 'service.name': 'slow' })),
    ];
    for (const request of requests) assert.equal(await running.send('/v1/traces', request), 200);
    const found = findingsOf(await running.diagnose(), 'senders');
    const patterns = [
      /^warning service fast \(.+\): its items are \d+ s ahead of the clock of this machine$/,
      /^warning service slow \(.+\): its newest items are 7,[12]\d\d s old when they arrive$/,
      /^warning a sender without service.name \(web-1\): /,
      /^warning service unknown_service:node \(.+\): /,
      /^warning service legacy \(.+\): .*1\.9\.1/,
      /^warning service checkout \(.+\): .*opentelemetry 2\.0\.0.*opentelemetry 2\.1\.0/,
    ];
    for (const pattern of patterns)
      assert.equal(found.filter((text) => pattern.test(text)).length, 1, `${pattern} in ${found.join('\n')}`);
    assert.equal(found.length, patterns.length, found.join('\n'));
  }));

test('reports what is known of senders and of rejected clients, also from before', () =>
  withService(configOf('{nop: {}}'), async (running) => {
    for (let index = 0; index < 4; index++) await running.send('/v1/traces', spanAt(1_700_000_000_000, GOOD));
    await running.send('/v1/trace', {});
    const report = await running.diagnose();
    const { subject, message, remedy } = report.findings.find((one) => /repeated/.test(one.message)) ?? {};
    assert.match(`${subject}: ${message}`, /^service checkout \(.+\): 3 requests repeated one that had been accepted/);
    assert.match(remedy ?? '', /OTEL_EXPORTER_OTLP_TIMEOUT=30000$/);
    assert.match(findingsOf(report, 'senders').at(-1) ?? '', /1 of its requests to \/v1\/trace were rejected: 404/);
  }));

test('reports a component that fails: a store whose directory has disappeared', () =>
  withTempDirectory(async (directory) => {
    const { rm } = await import('node:fs/promises');
    const data = `${directory}/data`;
    await withService(configOf(`{store: {directory: "${data}", max_size: 100MB}}`), async (running) => {
      await rm(data, { recursive: true });
      await running.send('/v1/traces', spanAt(Date.now(), GOOD));
      const report = await running.service.host.diagnose?.(0);
      assert.ok(
        report?.findings.some(({ check, severity }) => /components|exports/.test(check) && severity === 'error'),
        JSON.stringify(report),
      );
    });
  }));
