import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { trace } from '@opentelemetry/api';
import { assertBudget, assertLogs, assertMetric, assertTrace, collectTelemetry } from '../index.ts';

/** Runs a module in a program of its own, and returns what it prints. */
function run(t: TestContext, source: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [...args, '--input-type=module', '--eval', source], {
    cwd: import.meta.dirname,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  return new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject).on('close', () => resolve(output));
  });
}

test('receives the telemetry of another program', async (t) => {
  await using collector = await collectTelemetry({ http: true });
  const source = `
    import { logs, metrics, trace } from '@opentelemetry/api';
    trace.getTracer('shop').startActiveSpan('outer', (outer) => {
      trace.getTracer('shop').startSpan('inner', { attributes: { 'code.file.path': 'a.py', 'code.line.number': 7 } }).end();
      logs.getLogger('shop').emit({ severityNumber: 9, body: 'done' });
      outer.end();
    });
    metrics.getMeter('shop').createCounter('orders').add(3);`;
  const env = { ...collector.environment, OTEL_SERVICE_NAME: 'child' };
  await run(t, source, ['--import', '@otelier/sdk/register'], env);
  const telemetry = await collector.collect({
    until: ({ spans, logs, metrics }) => spans.length === 2 && logs.length === 1 && metrics.length > 0,
  });
  const found = assertTrace(telemetry, { name: 'outer', service: 'child', children: [{ name: 'inner' }] });
  assert.equal(found.roots[0]?.children[0]?.place, 'a.py:7');
  assert.equal(found.logs[0]?.body, 'done');
  assertLogs(telemetry, { body: 'done', service: 'child' });
  assertMetric(telemetry, { name: 'orders', value: 3 });
  assert.deepEqual(telemetry.openSpans, []);
});

test('reads requests in OTLP/JSON, and rejects malformed ones with their position', async () => {
  await using collector = await collectTelemetry({ http: true });
  const send = async (type: string, body: string) =>
    await fetch(`${collector.endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': type }, body });
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'a', kind: 2 };
  const json = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  assert.equal((await send('application/json', json)).status, 200);
  const bad = await send('application/json', '{"resourceSpans": 7}');
  assert.equal(bad.status, 400);
  assert.match(await bad.text(), /resourceSpans/);
  assert.equal((await send('application/x-protobuf', '\xff\xff')).status, 400);
  const { spans } = await collector.collect({ until: (telemetry) => telemetry.spans.length === 1 });
  assert.deepEqual([spans[0]?.name, spans[0]?.kind, spans[0]?.place], ['a', 'server', undefined]);
});

test('collectors that overlap each receive everything since their start', async () => {
  await using first = await collectTelemetry();
  trace.getTracer('a').startSpan('before').end();
  await using second = await collectTelemetry();
  trace.getTracer('a').startSpan('after').end();
  const names = async (collector: typeof first) => (await collector.collect()).spans.map(({ name }) => name);
  assert.deepEqual(await names(second), ['after']);
  assert.deepEqual(await names(first), ['before', 'after']);
  await first.stop();
  await first.stop();
  trace.getTracer('a').startSpan('later').end();
  assert.deepEqual(await names(second), ['after', 'later']);
  await second.clear();
  assert.deepEqual(await names(second), []);
});

test('a tracer of an earlier test records in the next one', async () => {
  const tracer = trace.getTracer('kept');
  for (let i = 0; i < 2; i++) {
    await using collector = await collectTelemetry();
    tracer.startSpan('work').end();
    assertBudget(await collector.collect(), { spans: { min: 1, max: 1 } });
  }
});

test('refuses to run beside another SDK', async (t) => {
  trace.setGlobalTracerProvider({ getTracer: () => assert.fail('expected no tracer') });
  t.after(() => trace.disable());
  await assert.rejects(collectTelemetry(), /another SDK is registered with the OpenTelemetry API; expected none/);
});

test('instruments the libraries of a test that is started with the register module', async (t) => {
  const source = `
    import { createServer } from 'node:http';
    import { assertTrace, collectTelemetry, formatTelemetry } from '@otelier/testkit/assert';
    const collector = await collectTelemetry();
    const server = createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    await (await fetch('http://127.0.0.1:' + server.address().port + '/cart')).text();
    server.close();
    const telemetry = await collector.collect({ until: ({ spans }) => spans.length === 2 });
    assertTrace(telemetry, { kind: 'client', children: [{ kind: 'server', attributes: { 'url.path': '/cart' } }] });
    await collector.stop();
    console.log('passed');`;
  assert.equal(await run(t, source, ['--import', '@otelier/testkit/assert/register']), 'passed\n');
});
