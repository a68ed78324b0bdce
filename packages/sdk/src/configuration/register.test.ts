import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFromJson } from '@otelier/otlp';
import { startSink } from '../sink.testing.ts';
import { startProgram } from './program.testing.ts';

/** A program that does not use the SDK. */
const PROGRAM = `
  import { logs, metrics, trace } from '@opentelemetry/api';
  import { logs as olderLogs } from '@opentelemetry/api-logs';
  trace.getTracer('shop').startActiveSpan('GET /cart', (span) => {
    setTimeout(() => {
      trace.getTracer('shop').startSpan('price').end();
      logs.getLogger('shop').emit({ body: 'no price' });
      olderLogs.getLogger('shop').emit({ body: 'older' });
      span.end();
    });
  });
  metrics.getMeter('shop').createCounter('requests').add(1);
`;

test('collects telemetry of a program that uses only the API, and sends the rest at exit', async (t) => {
  const sink = await startSink(t);
  const program = startProgram(PROGRAM, { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_SERVICE_NAME: 'shop' });
  assert.deepEqual(await program.ended, { code: 0, signal: null, output: '', errors: '' });
  const [price, request] = sink.spans();
  assert.deepEqual([price?.name, request?.name, price?.parentSpanId], ['price', 'GET /cart', request?.spanId]);
  assert.deepEqual(
    sink.logs().map(({ body, spanId }) => [body?.stringValue, spanId]),
    [
      ['no price', request?.spanId],
      ['older', request?.spanId],
    ],
  );
  assert.deepEqual(
    sink.metrics().map(({ name }) => name),
    ['requests'],
  );
  for (const { resource } of [...sink.scopes(), ...sink.logScopes(), ...sink.metricScopes()]) {
    assert.match(JSON.stringify(resource), /"service.name","value":\{"stringValue":"shop"\}/);
  }
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`sends remaining telemetry on ${signal}, and the program ends by the signal`, async (t) => {
    const sink = await startSink(t);
    const waiting = `${PROGRAM} setTimeout(() => console.log('ready'), 20); setInterval(() => {}, 1_000_000);`;
    const program = startProgram(waiting, { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_BSP_SCHEDULE_DELAY: '100000' });
    await program.waitForOutput('ready');
    program.kill(signal);
    assert.deepEqual(await program.ended, { code: null, signal, output: 'ready\n', errors: '' });
    assert.deepEqual([sink.spans().length, sink.logs().length, sink.metrics().length], [2, 2, 1]);
  });
}

test('a program with its own SIGTERM listener decides when it ends', async (t) => {
  const sink = await startSink(t);
  const source = `${PROGRAM}
    const alive = setInterval(() => {}, 1_000_000);
    process.on('SIGTERM', () => setTimeout(() => { console.log('done'); clearInterval(alive); process.exitCode = 3; }, 100));
    console.log('ready');`;
  const program = startProgram(source, { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });
  await program.waitForOutput('ready');
  program.kill('SIGTERM');
  assert.deepEqual(await program.ended, { code: 3, signal: null, output: 'ready\ndone\n', errors: '' });
  assert.equal(sink.spans().length, 2);
});

test('an unreachable endpoint does not keep a program alive', async () => {
  const program = startProgram(PROGRAM, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  assert.equal((await program.ended).code, 0);
});

test('console and otlp/stdout print a line of OTLP/JSON per request', async () => {
  for (const name of ['console', 'otlp/stdout']) {
    const variables = { OTEL_TRACES_EXPORTER: name, OTEL_METRICS_EXPORTER: name, OTEL_LOGS_EXPORTER: name };
    const { output, errors } = await startProgram(PROGRAM, variables).ended;
    assert.equal(errors, '');
    const kinds = output
      .trim()
      .split('\n')
      .flatMap((line) => Object.keys(JSON.parse(line)));
    assert.deepEqual([...new Set(kinds)].toSorted(), ['resourceLogs', 'resourceMetrics', 'resourceSpans']);
    for (const line of output
      .trim()
      .split('\n')
      .filter((line) => line.includes('resourceSpans'))) {
      assert.ok(requestFromJson('traces', line));
    }
  }
});

test('otlp,console sends to both, and one that fails does not affect the other', async (t) => {
  const sink = await startSink(t);
  sink.handler.response = ({ signal }) =>
    signal === 'traces' ? { kind: 'refused', reason: 'no' } : { kind: 'accepted' };
  const both = {
    OTEL_TRACES_EXPORTER: 'otlp,console',
    OTEL_METRICS_EXPORTER: 'otlp,console',
    OTEL_LOGS_EXPORTER: 'console,otlp',
  };
  const { output } = await startProgram(PROGRAM, { ...both, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url }).ended;
  for (const name of ['"price"', '"GET /cart"', '"requests"', '"no price"', '"older"']) {
    assert.equal(output.split(name).length, 2, name);
  }
  assert.deepEqual([sink.spans().length, sink.logs().length, sink.metrics().length], [2, 2, 1]);
});

test('warnings do not contain secrets', async () => {
  const { errors } = await startProgram(PROGRAM, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret1@127.0.0.1:1',
    OTEL_EXPORTER_OTLP_HEADERS: 'secret2,a=%secret3,b b=secret4',
  }).ended;
  assert.match(errors, /OTEL_EXPORTER_OTLP_ENDPOINT: expected/);
  assert.match(errors, /OTEL_EXPORTER_OTLP_HEADERS: member 1/);
  assert.doesNotMatch(errors, /secret/);
});

test('an unreachable destination delays the exit by one attempt, also with others', async () => {
  const environment = { OTEL_TRACES_EXPORTER: 'otlp,console', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  const source = `
    import { trace } from '@opentelemetry/api';
    trace.getTracer('x').startSpan('a').end();
    const begun = performance.now();
    process.on('exit', () => console.error(performance.now() - begun));`;
  const { code, output, errors } = await startProgram(source, environment).ended;
  assert.equal(code, 0, errors);
  assert.match(output, /"name":"a"/);
  const [unsent, millis] = errors.trim().split('\n');
  assert.match(unsent ?? '', /^otelier: process ended with 1 unsent items: .*ECONNREFUSED/);
  assert.ok(Number(millis) < 100_000, errors);
});

test('logs invalid variables once', async () => {
  const environment = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_RESOURCE_ATTRIBUTES: 'a' };
  const { errors, output } = await startProgram('', { ...environment, OTEL_LOGS_EXPORTER: 'console,otlp' }).ended;
  assert.equal(`${errors}${output}`.match(/OTEL_RESOURCE_ATTRIBUTES/g)?.length, 1, errors + output);
});
