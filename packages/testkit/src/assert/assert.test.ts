import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { logs, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { assertBudget, assertLogs, assertMetric, assertSpans, assertTrace, collectTelemetry } from './index.ts';

const tracer = trace.getTracer('shop');

async function collect(t: TestContext, work: () => void) {
  const collector = await collectTelemetry();
  t.after(() => collector.stop());
  work();
  return await collector.collect();
}

function query(text: string): void {
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text };
  tracer.startSpan(text.split(' ').slice(0, 3).join(' '), { kind: SpanKind.CLIENT, attributes }).end();
}

function checkout(queries: readonly string[]): void {
  tracer.startActiveSpan('POST /checkout', { kind: SpanKind.SERVER }, (span) => {
    for (const text of queries) query(text);
    span.end();
  });
}

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof assert.AssertionError, String(error));
    return error.message;
  }
  return assert.fail('expected an assertion error');
};

test('accepts a trace with the expected shape, and returns it', async (t) => {
  const telemetry = await collect(t, () => checkout(['SELECT a FROM cart', 'INSERT INTO orders VALUES (?)']));
  const found = assertTrace(telemetry, {
    name: 'POST /checkout',
    kind: 'server',
    service: 'test',
    children: [
      { name: /^INSERT/, attributes: { 'db.system.name': 'postgresql', 'error.type': undefined } },
      { name: 'SELECT a FROM', times: { max: 2 } },
    ],
    otherChildren: 'refused',
  });
  assert.equal(found.spans.length, 3);
});

test('names the difference to the most similar trace', async (t) => {
  const telemetry = await collect(t, () => checkout(['SELECT a FROM cart', 'SELECT a FROM cart']));
  const message = messageOf(() =>
    assertTrace(telemetry, {
      name: 'POST /checkout',
      children: [{ name: 'SELECT a FROM', times: 1 }, { name: 'INSERT' }],
    }),
  );
  const lines = message.split('\n').map((line) => line.replace(/[\d.]+ ms/, 'N ms'));
  assert.deepEqual(lines.slice(0, 4), [
    'No trace has the expected shape.',
    '- expected  + recorded',
    lines[2],
    '-   INSERT  ← missing',
  ]);
  assert.match(
    lines[2] ?? '',
    /^ {2}POST \/checkout \[server\] N ms at packages\/testkit\/src\/assert\/assert\.test\.ts:\d+:\d+$/,
  );
  assert.match(
    lines[5] ?? '',
    /^\+ {3}SELECT a FROM \[client\] "SELECT a FROM cart" N ms at .*assert\.test\.ts:\d+:\d+ {2}← expected 1 of SELECT a FROM$/,
  );
});

test('a budget that one query too many exceeds fails with the span, its statement and its place', async (t) => {
  const telemetry = await collect(t, () =>
    checkout(['SELECT a FROM cart', 'SELECT b FROM stock', 'SELECT c FROM tax']),
  );
  assertBudget(telemetry, { queries: 3, sameQuery: 1, errors: 0, errorLogs: 0, spans: { min: 4, max: 4 } });
  const message = messageOf(() => assertBudget(telemetry, { queries: 2 }));
  assert.match(message, /^The budget is exceeded\.\nqueries: expected at most 2, got 3\n {4}SELECT a/);
  assert.match(
    message,
    /\n\+ {3}SELECT c FROM \[client\] "SELECT c FROM tax" [\d.e-]+ ms at .*assert\.test\.ts:\d+:\d+$/,
  );
});

test('finds the same query repeated in one span', async (t) => {
  const telemetry = await collect(t, () => checkout(['SELECT 1', 'SELECT 2', 'SELECT 1']));
  const message = messageOf(() => assertBudget(telemetry, { sameQuery: 1 }));
  assert.match(message, /same query: expected at most 1, got 2 of "SELECT 1" in POST \/checkout/);
});

test('compares the order of children only where it is asked for', async (t) => {
  const telemetry = await collect(t, () => checkout(['SELECT 1', 'SELECT 2', 'SELECT 3']));
  const children = [{ name: 'SELECT 2' }, { name: 'SELECT 1' }];
  assertTrace(telemetry, { name: 'POST /checkout', children });
  assertTrace(telemetry, { name: 'POST /checkout', order: 'given', children: children.toReversed() });
  const message = messageOf(() => assertTrace(telemetry, { name: 'POST /checkout', order: 'given', children }));
  assert.match(message, /\n- {3}in this order: SELECT 2, SELECT 1\n/);
});

test('finds an assignment of children where the first match is not the right one', async (t) => {
  const telemetry = await collect(t, () => checkout(['SELECT 1', 'SELECT 2']));
  const children = [{ name: /^SELECT/ }, { name: 'SELECT 1' }];
  assertTrace(telemetry, { name: 'POST /checkout', children, otherChildren: 'refused' });
});

test('counts spans, and says what was recorded instead', async (t) => {
  const telemetry = await collect(t, () => checkout(['SELECT 1']));
  assert.equal(assertSpans(telemetry, { kind: 'client' }).length, 1);
  assertSpans(telemetry, { status: 'error', times: 0 });
  const message = messageOf(() =>
    assertSpans(telemetry, { name: 'SELECT 1', attributes: { 'db.query.text': /^INSERT/ } }),
  );
  assert.match(message, /^Expected at least 1 of SELECT 1 \[db\.query\.text=\/\^INSERT\/\], got 0\./);
  assert.match(message, /← db\.query\.text: expected \/\^INSERT\/, got "SELECT 1"$/);
  assert.match(
    messageOf(() => assertSpans(telemetry, { name: 'UPDATE' })),
    /\n- UPDATE\n {2}POST \/checkout/,
  );
  assert.match(
    messageOf(() => assertSpans(telemetry, { kind: 'client', times: 0 })),
    /\n\+ SELECT 1 \[client\]/,
  );
});

test('checks log records and metrics, since the collector was created', async (t) => {
  const record = () => {
    logs
      .getLogger('shop')
      .emit({ severityNumber: 17, severityText: 'ERROR', body: 'no stock', attributes: { sku: 7 } });
    metrics.getMeter('shop').createCounter('orders', { unit: '{order}' }).add(2, { region: 'eu' });
    metrics.getMeter('shop').createHistogram('size').record(5);
  };
  await collect(t, record);
  const telemetry = await collect(t, record);
  assertLogs(telemetry, { severityAtLeast: 'error', body: /stock/, attributes: { sku: 7 }, times: 1 });
  assertLogs(telemetry, { severityAtLeast: 'fatal', times: 0 });
  assert.equal(
    assertMetric(telemetry, { name: 'orders', value: 2, unit: '{order}', attributes: { region: 'eu' } }).length,
    1,
  );
  assertMetric(telemetry, { name: 'size', count: 1, value: (sum) => sum > 4 });
  assert.match(
    messageOf(() => assertBudget(telemetry, { errorLogs: 0 })),
    /\+ {3}ERROR "no stock" sku=7/,
  );
  assert.match(
    messageOf(() => assertMetric(telemetry, { name: 'orders', value: 3 })),
    /value: expected 3, got 2/,
  );
  assert.match(
    messageOf(() => assertMetric(telemetry, { name: 'order' })),
    /Recorded metrics: orders, size/,
  );
  assert.match(
    messageOf(() => assertLogs(telemetry, { body: 'x' })),
    /ERROR "no stock" sku=7 {2}← body: expected "x"/,
  );
});

test('waits until spans have ended, and names those that do not', async (t) => {
  const collector = await collectTelemetry();
  t.after(() => collector.stop());
  const span = tracer.startSpan('slow');
  setTimeout(() => span.end(), 20);
  assert.equal((await collector.collect()).spans.length, 1);
  await collector.clear();
  const open = tracer.startSpan('open');
  t.after(() => open.end());
  await assert.rejects(
    collector.collect({ until: ({ spans }) => spans.length === 1, timeoutMillis: 30 }),
    (error: Error) => {
      assert.match(
        error.message,
        /after 30 ms is not what was waited for\.\nNo span was recorded\.\nSpans that have not ended:\n {2}open at .*assert\.test\.ts/,
      );
      return true;
    },
  );
});

test('checks 1,000 shapes of a trace of 100 spans', async (t) => {
  const telemetry = await collect(t, () => checkout(Array.from({ length: 100 }, (_, i) => `SELECT ${i}`)));
  for (let i = 0; i < 1000; i++)
    assertTrace(telemetry, { name: 'POST /checkout', children: [{ name: `SELECT ${i % 100}` }] });
});

test('describes errors', async (t) => {
  const telemetry = await collect(t, () => {
    const span = tracer.startSpan('work');
    span.recordException(new Error('boom'));
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'boom' });
    span.end();
  });
  assertSpans(telemetry, {
    status: 'error',
    events: [{ name: 'exception', attributes: { 'exception.message': 'boom' } }],
  });
  assert.match(
    messageOf(() => assertBudget(telemetry, { errors: 0 })),
    /\+ {3}work \[internal, status error\] "boom"/,
  );
});

test('keeps hostile names on one line, and cuts long lists', async (t) => {
  const telemetry = await collect(t, () => {
    tracer.startSpan('a\n+ b\u202e').end();
    for (let i = 0; i < 100; i++) tracer.startSpan(`root ${i}`).end();
  });
  const lines = messageOf(() => assertTrace(telemetry, { name: 'missing' })).split('\n');
  assert.match(lines[2] ?? '', /^ {2}a\\u000a\+ b\\u202e \[internal\]/);
  assert.ok(lines.length < 70);
});
