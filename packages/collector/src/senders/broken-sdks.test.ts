import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { SamplingDecision, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { handleRequests, newerApi, record } from './sdk-program.testing.ts';
import { useSenderBench } from './sender-bench.testing.ts';

const bench = useSenderBench();
const { program, reportOf, expectFinding } = bench;

test('a healthy sender has no findings, with counts of all signals', async () => {
  const healthy = program('healthy');
  for (let round = 0; round < 4; round++) {
    handleRequests(healthy, { context, trace });
    record(healthy, 20, { 'http.request.method': 'GET', 'url.full': 'http://shop.test/' });
    healthy.meters.getMeter('app').createCounter('orders').add(1, { kind: 'a' });
    healthy.meters.getMeter('app').createUpDownCounter('open').add(1);
    healthy.meters.getMeter('app').createHistogram('time', { unit: 's' }).record(0.5);
    healthy.logs.getLogger('app').emit({ body: 'ordered', severityNumber: 9 });
    await healthy.flush();
    bench.shift(1000);
  }
  bench.shift(31_000);
  record(healthy, 1);
  await healthy.flush();
  const { signals, findings, missing, missingItems, clockMillis = 99_999, ...rest } = await reportOf('healthy');
  assert.deepEqual(findings, []);
  assert.deepEqual(
    [missing, missingItems, rest.language, rest.sdkVersion, rest.address],
    [[], 0, 'nodejs', '3.1.0', '127.0.0.1'],
  );
  assert.match(rest.userAgent, /OTel-OTLP-Exporter-JavaScript/);
  assert.deepEqual(signals.find(({ signal }) => signal === 'traces')?.items, 4 * 60 + 1);
  assert.deepEqual(signals.find(({ signal }) => signal === 'logs')?.requests, 4);
  assert.ok(Math.abs(clockMillis) < 100_000);
});

test('skewed clock', async () => {
  const { tracer, flush } = program('skewed');
  for (let index = 0; index < 3; index++) {
    const at = bench.now() + 90_000;
    tracer.startSpan('work', { startTime: at }).end(at + 5);
    await flush();
  }
  await expectFinding('skewed', 'clock', /9\d s ahead of the clock/, /NTP/, /chronyc makestep/);
});

test('dropped sequence: something on the way loses requests', async (t) => {
  let count = 0;
  const proxy = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    count += 1;
    if (count % 3 !== 0) {
      const headers = { 'content-type': 'application/x-protobuf' };
      await fetch(bench.url + request.url, { method: 'POST', headers, body: Buffer.concat(chunks) });
    }
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const lossy = program('lossy', { tracesUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/v1/traces` });
  for (let index = 0; index < 6; index++) {
    record(lossy, 10);
    await lossy.flush();
    bench.shift(3100);
  }
  await expectFinding('lossy', 'missing-items', /20 of 60 spans that its SDK sent did not arrive/, /proxy/);
  assert.equal((await reportOf('lossy')).missingItems, 20);
});

test('two copies of the API', async (t) => {
  const copied = program('copied');
  handleRequests(copied, newerApi(t));
  await copied.flush();
  await expectFinding(
    'copied',
    'lost-context',
    /20 spans of pg began traces of their own/,
    /Two copies of `@opentelemetry\/api`/,
    /npm ls/,
  );
});

test('missing service.name', async () => {
  const nameless = program('unknown_service:node');
  record(nameless, 1);
  await nameless.flush();
  await expectFinding(
    'unknown_service:node',
    'service-name',
    /default service\.name/,
    /OTEL_SERVICE_NAME/,
    /^OTEL_SERVICE_NAME=/,
  );
  assert.deepEqual((await reportOf('unknown_service:node')).missing, ['service.name']);
});

test('retries', async () => {
  const busy = { kind: 'retry', afterMillis: 1, reason: 'the queue is full' } as const;
  bench.respond('retrying', [busy, busy, busy]);
  await Promise.all(
    Array.from({ length: 3 }, async (_, index) => {
      const retrying = program('retrying');
      record(retrying, index + 1);
      await retrying.flush();
    }),
  );
  await expectFinding(
    'retrying',
    'retries',
    /3 requests were rejected as retryable, 3 requests were sent again: the queue is full/,
    /memory/,
  );
});

test('partial success and refused requests', async () => {
  bench.respond('partial', [{ kind: 'partial', rejectedItems: 2, reason: 'spans without a name' }]);
  bench.respond('refused', [{ kind: 'refused', reason: 'the tenant is unknown' }]);
  for (const service of ['partial', 'refused']) {
    const sending = program(service);
    record(sending, 3);
    await sending.flush();
  }
  await expectFinding(
    'partial',
    'partial-success',
    /2 items of 1 request were rejected: spans without a name/,
    /partial success/,
  );
  const { findings, droppedItems } = await reportOf('refused');
  assert.deepEqual([findings.map(({ check }) => check), droppedItems], [['refused', 'sdk-drops'], 3]);
  assert.match(findings[0]?.message ?? '', /1 request with 3 items were refused: the tenant is unknown/);
});

test('deprecated semantic conventions', async () => {
  const old = program('old-names');
  record(old, 2, { 'http.method': 'GET', 'http.url': 'http://shop.test/', 'db.system': 'postgresql' });
  old.meters.getMeter('pool').createUpDownCounter('db.client.connections.usage').add(1);
  await old.flush();
  await expectFinding(
    'old-names',
    'deprecated-names',
    /http\.method → http\.request\.method/,
    /stable names/,
    /OTEL_SEMCONV_STABILITY_OPT_IN=http,database/,
  );
  const { deprecated } = await reportOf('old-names');
  assert.deepEqual(deprecated[0], { name: 'http.method', replacement: 'http.request.method', items: 2 });
  assert.ok(deprecated.some(({ replacement }) => replacement === 'db.client.connection.count'));
});

test('orphan spans: a sampler decides for each span on its own', async () => {
  const sampler = {
    shouldSample: (_context: unknown, _traceId: string, name: string) => ({
      decision: name === 'parent' ? SamplingDecision.NOT_RECORD : SamplingDecision.RECORD_AND_SAMPLED,
    }),
    toString: () => 'by name',
  };
  const orphaned = program('orphaned', { traces: { sampler } });
  for (let index = 0; index < 5; index++) {
    const parent = orphaned.tracer.startSpan('parent');
    orphaned.tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, parent)).end();
    parent.end();
  }
  await orphaned.flush();
  bench.shift(31_000);
  await expectFinding('orphaned', 'orphan-spans', /5 of 5 parents/, /parent-based sampler/, /parentbased/);
});

test('two processes with the same service.instance.id', async () => {
  const twins = [101, 102].map((pid) => program('twin', { attributes: { 'process.pid': pid, 'host.name': 'a' } }));
  for (let round = 0; round < 2; round++) {
    for (const twin of twins) {
      record(twin, 2);
      await twin.flush();
      bench.shift(1000);
    }
  }
  await expectFinding(
    'twin',
    'duplicate-instance',
    /2 processes send with the same service\.instance\.id "twin-1"/,
    /ID of its own/,
  );
});

test('a restart with the same service.instance.id, and another version of the SDK in the same process', async () => {
  for (const [index, pid] of [201, 202].entries()) {
    const run = program('restarted', {
      attributes: { 'process.pid': pid, 'host.name': 'a', 'service.version': `1.${index}` },
    });
    record(run, 2);
    await run.flush();
    bench.shift(1000);
  }
  assert.deepEqual((await reportOf('restarted')).findings, []);
  const copies = ['3.1.0', '3.0.0'].map((version) =>
    program('two-copies', { attributes: { 'telemetry.sdk.version': version } }),
  );
  for (const copy of [...copies, ...copies]) {
    record(copy, 2);
    await copy.flush();
    bench.shift(1000);
  }
  await expectFinding(
    'two-copies',
    'two-sdks',
    /2 SDKs: opentelemetry 3\.0\.0, opentelemetry 3\.1\.0/,
    /one version/,
    /npm ls/,
  );
});

test('a request for each span', async () => {
  const exporter = new OTLPTraceExporter({ url: `${bench.url}/v1/traces` });
  const simple = program('simple', { processors: [new SimpleSpanProcessor({ exporter })] });
  record(simple, 25);
  await simple.flush();
  await expectFinding(
    'simple',
    'small-batches',
    /with 1\.0 items per request/,
    /batch processor/,
    /BatchSpanProcessor/,
  );
});

test('a queue that overflows', async () => {
  const overflow = program('overflow', { maxQueueSize: 10 });
  record(overflow, 100);
  await overflow.flush();
  await overflow.flush();
  await expectFinding(
    'overflow',
    'sdk-drops',
    /dropped \d+ spans \(queue_full\)/,
    /queue of the SDK was full/,
    /OTEL_BSP_MAX_QUEUE_SIZE/,
  );
});

test('huge attributes, and items beyond the limits of the SDK', async () => {
  const huge = program('huge');
  record(huge, 1, { 'http.response.body': 'x'.repeat(100_000) });
  await huge.flush();
  await expectFinding('huge', 'huge-attributes', /http\.response\.body has 98 KiB/, /Limit/, /LENGTH_LIMIT/);
  const limited = program('limited', { traces: { spanLimits: { attributeCountLimit: 2 } } });
  record(limited, 1, { a: 1, b: 2, c: 3, d: 4 });
  await limited.flush();
  await expectFinding('limited', 'sdk-limits', /removed 2 attributes/, /limits/, /COUNT_LIMIT/);
});

test('invalid IDs', async () => {
  const idGenerator = { generateTraceId: () => '0'.repeat(32), generateSpanId: () => '0'.repeat(16) };
  const zeros = program('zeros', { traces: { idGenerator } });
  record(zeros, 2);
  await zeros.flush();
  await expectFinding('zeros', 'invalid-ids', /2 inspected spans have/, /ID generator/);
});

test('two exporters with the same destination', async () => {
  const doubled = program('doubled', { exporters: 2 });
  for (let index = 0; index < 3; index++) {
    record(doubled, 2);
    await doubled.flush();
  }
  await expectFinding(
    'doubled',
    'repeated-requests',
    /3 requests repeated one that had been accepted/,
    /remove one exporter/,
  );
});

test('wrong paths and content types are found by client', async () => {
  const lost = program('lost', { tracesUrl: `${bench.url}/v1/trace` });
  record(lost, 1);
  await lost.flush();
  await fetch(`${bench.url}/v1/traces`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'a' });
  await fetch(`${bench.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"resourceSpans":7}',
  });
  const { clients } = await bench.report();
  const found = (status: string) => clients.find((client) => client.status === status);
  assert.match(
    `${found('404')?.userAgent} ${found('404')?.path} ${found('404')?.code}`,
    /JavaScript.* \/v1\/trace .*OTEL_EXPORTER_OTLP_ENDPOINT/,
  );
  assert.match(found('415')?.remedy ?? '', /Protobuf/);
  assert.match(found('invalid')?.remedy ?? '', /not valid OTLP/);
});
