import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Batch } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { keyValues, type LogRecordJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import type { LogRecord } from '../api/api.ts';
import { LIMITS } from '../api/limits.ts';

interface Event {
  readonly event: string;
  readonly data: unknown;
}

/** Yields the events of a stream as they arrive. */
async function* eventsOf(response: Response): AsyncGenerator<Event> {
  let text = '';
  for await (const chunk of (response.body ?? assert.fail('no body')).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6);
      const event = lines.find((line) => line.startsWith('event: '))?.slice(7);
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

function logs(records: readonly LogRecordJson[], service = 'shop', tenant = 'default'): Batch {
  const resource = { attributes: keyValues({ 'service.name': service, 'host.name': 'h1' }) };
  return batchOf(
    'logs',
    { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'lib' }, logRecords: records }] }] },
    { tenant, arrivalMillis: 5000 },
  );
}
const line = (body: string, more: LogRecordJson = {}): LogRecordJson => ({
  timeUnixNano: '7',
  severityNumber: 9,
  body: { stringValue: body },
  ...more,
});
const many = (count: number): LogRecordJson[] => Array.from({ length: count }, (_, i) => line(`message ${i}`));

/** Opens a tail and yields its events one at a time. */
async function tail(server: TestApi, query = '', signal?: AbortSignal) {
  const response = await fetch(`${server.url}/api/v1/logs/tail${query}`, signal === undefined ? {} : { signal });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const events = eventsOf(response);
  const next = async (): Promise<Event> => (await events.next()).value ?? assert.fail('the stream has ended');
  const bodies = async (count: number): Promise<string[]> => {
    const found: string[] = [];
    while (found.length < count) found.push(((await next()).data as LogRecord).body);
    return found;
  };
  return { next, bodies, events };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test('sends a passing record with all its fields', async () => {
  await using server = await startTestApi();
  const { next } = await tail(server);
  server.publish(
    logs([
      line('hello', {
        observedTimeUnixNano: '9',
        severityNumber: 17,
        severityText: 'ERROR',
        eventName: 'ev',
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: '00f067aa0ba902b7',
        attributes: keyValues({
          n: 1,
          big: 9007199254740993n,
          list: ['a', { b: 1.5 }],
          raw: new Uint8Array([1]),
          none: undefined,
        }),
      }),
      { body: { kvlistValue: { values: keyValues({ a: 1 }) } } },
    ]),
  );
  const { event, data } = await next();
  const { cursor, ...record } = data as LogRecord;
  assert.equal(event, 'log');
  assert.match(cursor, /^live-\d+-0$/);
  assert.deepEqual(record, {
    timeNanos: '7',
    observedTimeNanos: '9',
    severityNumber: 17,
    severityText: 'ERROR',
    body: 'hello',
    service: 'shop',
    scopeName: 'lib',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: '00f067aa0ba902b7',
    eventName: 'ev',
    attributes: { n: 1, big: '9007199254740993', list: ['a', { b: 1.5 }], raw: { bytes: 'AQ==' }, none: null },
    resourceAttributes: { 'service.name': 'shop', 'host.name': 'h1' },
  });
  const bare = (await next()).data as LogRecord;
  assert.deepEqual([bare.body, bare.timeNanos, bare.traceId], ['{"a":1}', '5000000000', undefined]);
});

describe('a filter', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['by severity', 'where=severity >= warn', ['two', 'five']],
    ['by service', 'where=service = web', ['five']],
    ['by attribute', 'where=attributes.n > 1', ['two', 'five']],
    ['by equal attribute', 'where=attributes.n = 1', ['one']],
    ['by absence of nothing', 'where=attributes.n != 1', ['two', 'five']],
    ['by presence', 'where=attributes.n exists', ['one', 'two', 'five']],
    ['by resource', 'where=resource.host.name = h1', ['one', 'two', 'three FOUR', 'five']],
    ['by expression', 'where=body ~ ^t', ['two', 'three FOUR']],
    ['by what does not match an expression', 'where=body !~ o', ['three FOUR', 'five']],
    ['by expression in any case', 'where=body ~ (?i)four', ['three FOUR']],
    ['by text', 'text=four', ['three FOUR']],
    ['by two conditions', 'where=body ~ o&where=severity < warn', ['one']],
  ];
  for (const [what, query, expected] of cases) {
    test(what, async () => {
      await using server = await startTestApi();
      const { bodies } = await tail(
        server,
        `?${query.replaceAll('>', '%3E').replaceAll(' ', '+').replaceAll('<', '%3C')}`,
      );
      const n = (value: number) => ({ attributes: keyValues({ n: value }) });
      server.publish(logs([line('one', n(1)), line('two', { ...n(2), severityNumber: 13 }), line('three FOUR')]));
      server.publish(logs([line('five', { ...n(5), severityNumber: 24 })], 'web'));
      assert.deepEqual(await bodies(expected.length), expected);
    });
  }

  test('that is invalid is rejected before the stream starts', async () => {
    await using server = await startTestApi();
    const response = await fetch(`${server.url}/api/v1/logs/tail?where=duration+%3E+5s`);
    assert.deepEqual([response.status, server.logListeners], [400, 0]);
    assert.match(await response.text(), /where: expected one of the fields severity, body/);
  });
});

test('subscribes to the pipeline only while there are clients', async () => {
  await using server = await startTestApi();
  assert.equal(server.logListeners, 0);
  const [one, two] = [new AbortController(), new AbortController()];
  await tail(server, '', one.signal);
  await tail(server, '', two.signal);
  assert.equal(server.logListeners, 1);
  one.abort();
  two.abort();
  await until(() => server.logListeners === 0);
});

test('sends a client only records of its tenant', async () => {
  await using server = await startTestApi();
  const { bodies } = await tail(server, '?tenant=acme');
  server.publish(logs([line('not theirs')]));
  server.publish(logs([line('theirs')], 'shop', 'acme'));
  assert.deepEqual(await bodies(1), ['theirs']);
});

test('sends the newest records at the rate limit and counts the rest', async () => {
  const clock = createManualClock();
  await using server = await startTestApi({ clock });
  const { next, bodies } = await tail(server);
  server.publish(logs(many(LIMITS.shownRecordsPerSecond + 100)));
  assert.deepEqual(await next(), { event: 'skipped', data: { count: 100 } });
  assert.deepEqual((await bodies(LIMITS.shownRecordsPerSecond)).slice(0, 1), ['message 100']);
  server.publish(logs(many(3)));
  await clock.advance(1000);
  server.publish(logs([line('next second')]));
  assert.deepEqual(await next(), { event: 'skipped', data: { count: 3 } });
  assert.deepEqual(await bodies(1), ['next second']);
});

/** Creates a batch that fails when it is read. */
function broken(itemCount: number): Batch {
  return {
    ...logs(many(1)),
    itemCount,
    get parts(): never {
      throw new Error('read');
    },
  };
}

test('counts records beyond the decode limit without decoding them', async () => {
  const clock = createManualClock();
  await using server = await startTestApi({ clock });
  const { next, bodies } = await tail(server, '?where=body+~+wanted');
  server.publish(logs(many(LIMITS.tailRecordsPerSecond)));
  server.publish(broken(7));
  assert.deepEqual(server.errors, []);
  await clock.advance(1000);
  server.publish(logs([line('wanted')]));
  assert.deepEqual(await next(), { event: 'skipped', data: { count: 7 } });
  assert.deepEqual(await bodies(1), ['wanted']);
});

test('bounds the queue of a stalled client and reports what it missed', async () => {
  const clock = createManualClock();
  await using server = await startTestApi({ clock });
  const response = await fetch(`${server.url}/api/v1/logs/tail`);
  const big = 'x'.repeat(20_000);
  let published = 0;
  // Events that exceed the queue and the socket buffers are skipped.
  for (let second = 0; second < 100; second++) {
    server.publish(logs(Array.from({ length: 20 }, () => line(big))));
    published += 20;
    // Shorter than the time after which such a client loses its stream.
    await clock.advance(500);
  }
  let [shown, skipped] = [0, 0];
  for await (const { event, data } of eventsOf(response)) {
    if (event === 'log') shown++;
    else skipped += (data as { count: number }).count;
    if (shown + skipped === published) break;
  }
  assert.ok(skipped > published / 4, `${skipped} of ${published} skipped`);
});

test('evaluates a backtracking-prone expression in linear time', async () => {
  await using server = await startTestApi();
  const { bodies } = await tail(server, '?where=body+~+(a%7Ca)*b');
  server.publish(logs([line('a'.repeat(60)), line('aab')]));
  assert.deepEqual(await bodies(1), ['aab']);
});

test('ends only the stream of a slow expression', async () => {
  await using server = await startTestApi();
  const slow = await tail(server, `?where=${encodeURIComponent(String.raw`body ~ [^x]{400}\pL{400}\d`)}`);
  const other = await tail(server);
  server.publish(logs(Array.from({ length: 20 }, () => line('é'.repeat(20_000)))));
  const { event, data } = await slow.next();
  assert.equal(event, 'failed');
  assert.match((data as { error: { message: string } }).error.message, /takes too long/);
  assert.equal((await slow.events.next()).done, true);
  assert.deepEqual(await other.bodies(1), ['é'.repeat(20_000)]);
});

test('keeps errors in a batch away from the pipeline', async () => {
  await using server = await startTestApi();
  await tail(server);
  server.publish(broken(1));
  assert.deepEqual(server.errors.map(String), ['Error: read']);
});

test('bounds the number of clients', async () => {
  await using server = await startTestApi();
  // Retained, because a response ends when it is garbage-collected.
  const clients = [];
  for (let i = 0; i < LIMITS.streamClients; i++) clients.push(await tail(server));
  const refused = await fetch(`${server.url}/api/v1/logs/tail`);
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /at most 32 clients/);
  server.publish(logs([line('to all')]));
  for (const { bodies } of clients) assert.deepEqual(await bodies(1), ['to all']);
});

test('sends heartbeats', async () => {
  const clock = createManualClock();
  await using server = await startTestApi({ clock });
  const reader = ((await fetch(`${server.url}/api/v1/logs/tail`)).body ?? assert.fail())
    .pipeThrough(new TextDecoderStream())
    .getReader();
  assert.equal((await reader.read()).value, 'retry: 2000\n\n');
  await clock.advance(15_000);
  assert.equal((await reader.read()).value, ': \n\n');
  await reader.cancel();
});

test('sends the pipeline immediately and then every second while there are clients', async () => {
  const clock = createManualClock();
  let taken = 0;
  const graph = {
    atMillis: 0,
    nodes: [],
    edges: [],
    admission: { inFlightBytes: 0, limitBytes: 0, refusedRequests: 0 },
    process: { cpuCores: 0, rssBytes: 0, heapBytes: 0, externalBytes: 0, eventLoopDelayP99Millis: 0 },
  };
  await using server = await startTestApi({ clock, graph: () => ({ ...graph, atMillis: ++taken }) });
  const abort = new AbortController();
  const events = eventsOf(await fetch(`${server.url}/api/v1/pipeline/stream`, { signal: abort.signal }));
  const seen: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const { value } = await events.next();
    seen.push([value?.event, (value?.data as typeof graph | undefined)?.atMillis]);
    await clock.advance(1000);
  }
  assert.deepEqual(seen, [
    ['pipeline', 1],
    ['pipeline', 2],
    ['pipeline', 3],
  ]);
  abort.abort();
  await until(() => clock.pending === 0);
});

test('filters the records by span', async () => {
  await using server = await startTestApi();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spanId = '00f067aa0ba902b7';
  const { bodies } = await tail(server, `?trace_id=${traceId}&span_id=${spanId}`);
  server.publish(
    logs([
      line('elsewhere'),
      line('other span', { traceId, spanId: '00f067aa0ba902b8' }),
      line('here', { traceId, spanId }),
    ]),
  );
  assert.deepEqual(await bodies(1), ['here']);
});
