import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context, logs, metrics, SpanKind, trace } from '@opentelemetry/api';
import { collectTelemetry, snapshotOf, telemetryMatchers } from './index.ts';

const tracer = trace.getTracer('shop');

/** The same work, whose times, IDs and ports differ in each run. */
async function work(port: number) {
  await using collector = await collectTelemetry();
  tracer.startActiveSpan('GET /', { kind: SpanKind.SERVER }, (server) => {
    server.setAttributes({
      'server.port': port,
      'url.full': `http://127.0.0.1:${port}/`,
      'process.pid': port,
      total: 3,
      'request.id': crypto.randomUUID(),
      'started.at': new Date().toISOString(),
    });
    const first = tracer.startSpan('b', { links: [{ context: server.spanContext() }] });
    first.recordException(new Error('boom'));
    tracer.startSpan('a').end();
    first.end();
    logs.getLogger('shop').emit({ severityText: 'INFO', body: { user: 7 }, context: context.active() });
    metrics.getMeter('shop').createCounter('orders').add(2, { region: 'eu' });
    metrics.getMeter('shop').createHistogram('latency').record(Math.random());
    server.end();
  });
  return await collector.collect();
}

test('is the same in each run, and names what it leaves out', async () => {
  const snapshot = snapshotOf(await work(40_001), { ignore: ['total'] });
  assert.deepEqual(snapshot, snapshotOf(await work(40_002), { ignore: ['total'] }));
  assert.deepEqual(snapshot.traces, [
    [
      {
        name: 'GET /',
        kind: 'server',
        service: 'test',
        attributes: {
          'process.pid': '<process.pid>',
          'request.id': '<uuid>',
          'server.port': '<server.port>',
          'started.at': '<time>',
          'url.full': 'http://127.0.0.1:<port>/',
        },
        children: [
          {
            name: 'b',
            kind: 'internal',
            service: 'test',
            events: [
              {
                name: 'exception',
                attributes: {
                  'exception.message': 'boom',
                  'exception.stacktrace': 'Error: boom',
                  'exception.type': 'Error',
                },
              },
            ],
            links: [{ span: '<span 1.1 GET />' }],
          },
          { name: 'a', kind: 'internal', service: 'test' },
        ],
      },
    ],
  ]);
  assert.deepEqual(snapshot.logs, [{ severity: 'INFO', body: { user: 7 }, span: '<span 1.1 GET />', service: 'test' }]);
  assert.deepEqual(snapshot.metrics, [
    { name: 'latency', kind: 'histogram', points: [{ count: 1 }] },
    { name: 'orders', kind: 'sum', points: [{ attributes: { region: 'eu' }, value: 2 }] },
  ]);
});

test('orders children by name if asked to', async () => {
  const [root] = snapshotOf(await work(1), { order: 'name' }).traces[0] as readonly { children: { name: string }[] }[];
  assert.deepEqual(
    root?.children.map(({ name }) => name),
    ['a', 'b'],
  );
});

test('matchers pass and fail with the messages of the functions', async () => {
  const telemetry = await work(1);
  assert.equal(telemetryMatchers.toHaveTrace(telemetry, { name: 'GET /' }).pass, true);
  const { pass, message } = telemetryMatchers.toBeWithinBudget(telemetry, { spans: 2 });
  assert.equal(pass, false);
  assert.match(message(), /^The budget is exceeded\.\nspans: expected at most 2, got 3\n/);
  assert.match(telemetryMatchers.toHaveSpans(telemetry, { name: 'a' }).message(), /^Expected the opposite/);
});
