import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import type { Client, ClientOptions, DeliveryEvent, Request, RequestBuffer } from '../node.ts';
import { createClient, drainInOrder, TracerProvider } from '../node.ts';
import { type Sink, startSink } from '../sink.testing.ts';

interface Bench {
  readonly sink: Sink;
  readonly clock: ManualClock;
  readonly client: Client;
  readonly events: readonly DeliveryEvent[];
  readonly lines: readonly string[];
  /** Ends spans with these names synchronously. */
  end(...names: readonly string[]): void;
}

async function setUp(t: TestContext, options: ClientOptions = {}): Promise<Bench> {
  const sink = await startSink(t);
  const clock = createManualClock();
  const events: DeliveryEvent[] = [];
  const lines: string[] = [];
  const client = createClient({ endpoint: sink.url, clock, log: (line) => lines.push(line), ...options });
  client.subscribe((event) => events.push(event));
  t.after(async () => {
    // Aborts retries that are still scheduled.
    const ended = client.shutdown(0);
    await clock.advance(1);
    await ended;
  });
  const tracer = new TracerProvider({ client }).getTracer('x');
  const end = (...names: readonly string[]) => {
    for (const name of names) tracer.startSpan(name).end();
  };
  return { sink, clock, client, events, lines, end };
}

const retryLater = (afterMillis?: number): Outcome => ({ kind: 'retry', afterMillis, reason: 'busy' });

const namesOf = (sink: Sink) => sink.spans().map(({ name }) => name);

/** Resolves with the first event of a kind, past or future. */
function untilEvent({ events, client }: Bench, kind: DeliveryEvent['kind'], count = 1): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (events.filter((event) => event.kind === kind).length < count) return;
      stop();
      resolve();
    };
    const stop = client.subscribe(check);
    check();
  });
}

describe('a batch', () => {
  test('is sent when it has the maximum number of items, in order of recording', async (t) => {
    const bench = await setUp(t, { batch: { maxItems: 2 }, queue: { maxConcurrentRequests: 1 } });
    bench.end('a', 'b', 'c', 'd', 'e');
    await bench.sink.handler.untilRequests(2);
    assert.deepEqual(namesOf(bench.sink), ['a', 'b', 'c', 'd']);
    await bench.client.flush();
    assert.deepEqual(namesOf(bench.sink), ['a', 'b', 'c', 'd', 'e']);
    assert.equal(bench.sink.handler.requests.length, 3);
  });

  test('is sent when it has the maximum size', async (t) => {
    const bench = await setUp(t, { batch: { maxBytes: 1024 } });
    bench.end('x'.repeat(600), 'y'.repeat(600), 'z');
    await bench.sink.handler.untilRequests(1);
    assert.equal(bench.sink.spans().length, 2);
  });

  test('is sent after the maximum delay', async (t) => {
    const bench = await setUp(t, { batch: { maxDelayMillis: 200 } });
    bench.end('a');
    await bench.clock.advance(199);
    bench.end('b');
    assert.equal(bench.sink.handler.requests.length, 0);
    await bench.clock.advance(1);
    await bench.sink.handler.untilRequests(1);
    assert.deepEqual(namesOf(bench.sink), ['a', 'b']);
  });
});

describe('a request', () => {
  test('is retried after the delay that a busy server requests', async (t) => {
    const bench = await setUp(t);
    let responses = 0;
    bench.sink.handler.response = () => (responses++ < 2 ? retryLater(20_000) : ACCEPTED);
    bench.end('a');
    const flushed = bench.client.flush(120_000);
    await untilEvent(bench, 'retrying');
    assert.equal(bench.sink.handler.requests.length, 1);
    await bench.clock.advance(20_000);
    await untilEvent(bench, 'retrying', 2);
    await bench.clock.advance(20_000);
    assert.deepEqual(await flushed, { kind: 'flushed' });
    const { sentItems, retries, queuedItems } = bench.client.health.traces ?? {};
    assert.deepEqual({ sentItems, retries, queuedItems }, { sentItems: 1, retries: 2, queuedItems: 0 });
  });

  test('is dropped when retries are exhausted, and the loss is counted and logged once', async (t) => {
    const bench = await setUp(t, { retry: { maxElapsedMillis: 0.5 * 60_000 } });
    bench.sink.handler.response = () => retryLater(60_000);
    bench.end('a', 'b');
    assert.deepEqual(await bench.client.flush(), { kind: 'flushed' });
    assert.equal(bench.client.health.traces?.droppedItems.retries_exhausted, 2);
    const [dropped] = bench.events.filter(({ kind }) => kind === 'dropped');
    assert.deepEqual(dropped && 'items' in dropped && [dropped.items, dropped.signal], [2, 'traces']);
    assert.equal(bench.lines.length, 1);
    assert.match(bench.lines[0] ?? '', /lost 2 items since the last report: .*503.*gave up/);
  });

  test('is dropped and reported when the server rejects it', async (t) => {
    const bench = await setUp(t);
    bench.sink.handler.response = () => ({ kind: 'refused', reason: 'no such tenant' });
    bench.end('a');
    await bench.client.flush();
    assert.equal(bench.client.health.traces?.droppedItems.refused, 1);
    assert.match(bench.lines[0] ?? '', /no such tenant/);
  });

  test('is not retried after a partial success, and rejected items are counted', async (t) => {
    const bench = await setUp(t);
    bench.sink.handler.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'one was too old' });
    bench.end('a', 'b', 'c');
    await bench.client.flush();
    const { sentItems, rejectedItems } = bench.client.health.traces ?? {};
    assert.deepEqual({ sentItems, rejectedItems }, { sentItems: 2, rejectedItems: 1 });
    assert.deepEqual(bench.events, [
      { kind: 'rejected', signal: 'traces', items: 1, reason: 'one was too old' },
      { kind: 'sent', signal: 'traces', items: 2 },
    ]);
  });
});

describe('a full queue', () => {
  test('drops the newest items by default', async (t) => {
    const bench = await setUp(t, { queue: { maxItems: 3 }, batch: { maxItems: 1 } });
    const { release } = stall(bench.sink);
    bench.end('a', 'b', 'c', 'd', 'e');
    release();
    await bench.client.flush();
    assert.deepEqual(namesOf(bench.sink).sort(), ['a', 'b', 'c']);
    assert.equal(bench.client.health.traces?.droppedItems.queue_full, 2);
  });

  test('drops the oldest queued items with dropPolicy oldest', async (t) => {
    const options = { maxItems: 3, dropPolicy: 'oldest', maxConcurrentRequests: 1 } as const;
    const bench = await setUp(t, { queue: options, batch: { maxItems: 1 } });
    const { release } = stall(bench.sink);
    bench.end('a');
    await bench.sink.handler.untilRequests(1);
    bench.end('b', 'c', 'd', 'e');
    release();
    await bench.client.flush();
    assert.deepEqual(namesOf(bench.sink), ['a', 'd', 'e']);
    assert.equal(bench.client.health.traces?.droppedItems.queue_full, 2);
  });

  test('is limited in bytes too', async (t) => {
    const bench = await setUp(t, { queue: { maxBytes: 1024 } });
    bench.end('x'.repeat(700), 'y'.repeat(700), 'z');
    await bench.client.flush();
    assert.deepEqual(
      namesOf(bench.sink).map((name) => name[0]),
      ['x', 'z'],
    );
  });
});

describe('several endpoints', () => {
  test('replace one that fails, which is tried again after its pause', async (t) => {
    const first = await startSink(t);
    const second = await startSink(t);
    first.handler.response = () => retryLater();
    const endpoint = [first.url, second.url];
    const bench = await setUp(t, { endpoint, circuitBreaker: { maxFailures: 2, pauseMillis: 5_000 } });
    for (const name of ['a', 'b', 'c']) {
      bench.end(name);
      await bench.client.flush();
    }
    assert.deepEqual(namesOf(second), ['a', 'b', 'c']);
    assert.equal(first.handler.requests.length, 2);
    first.handler.response = () => ACCEPTED;
    await bench.clock.advance(5_000);
    bench.end('d');
    await bench.client.flush();
    assert.deepEqual(namesOf(first), ['a', 'b', 'd']);
    assert.deepEqual(
      bench.events.map(({ kind }) => kind),
      ['sent', 'endpoint_failed', 'sent', 'sent', 'endpoint_recovered', 'sent'],
    );
  });
});

describe('a buffer', () => {
  test('keeps all requests while the server is unreachable, in order and across clients', async (t) => {
    const held: Request[] = [];
    const first = await setUp(t, { buffer: createBuffer(held), batch: { maxItems: 2 } });
    first.sink.handler.response = () => retryLater();
    first.end('a', 'b', 'c');
    assert.deepEqual(await first.client.flush(), { kind: 'buffered', items: 3 });
    assert.equal(first.client.health.traces?.queuedItems, 0);
    assert.deepEqual(await first.client.shutdown(), { kind: 'buffered', items: 3 });
    const second = await setUp(t, { buffer: createBuffer(held), batch: { maxItems: 1 } });
    second.end('d', 'e');
    assert.deepEqual(await second.client.flush(), { kind: 'flushed' });
    assert.deepEqual(namesOf(second.sink), ['a', 'b', 'c', 'd', 'e']);
    assert.equal(second.client.health.traces?.sentItems, 5);
    assert.deepEqual(held, []);
  });

  test('resumes when the server is reachable again', async (t) => {
    const bench = await setUp(t, { buffer: createBuffer([]) });
    bench.sink.handler.response = () => retryLater();
    bench.end('a');
    assert.deepEqual(await bench.client.flush(), { kind: 'buffered', items: 1 });
    bench.end('b');
    await bench.client.flush();
    bench.sink.handler.response = () => ACCEPTED;
    // The first delay is 1 s with 50 % jitter.
    await bench.clock.advance(1_500);
    await untilEvent(bench, 'sent', 2);
    assert.deepEqual([...new Set(namesOf(bench.sink))], ['a', 'b']);
  });

  test('drops a request that makes the transport throw each time, and sends those behind it', async (t) => {
    const sent: string[] = [];
    const transport: ClientOptions['transport'] = {
      export: async (_signal, parts) => {
        const text = Buffer.concat(parts).toString('latin1');
        if (text.includes('broken')) throw new TypeError('cannot mix BigInt and other types');
        sent.push(text.includes('sound') ? 'sound' : text);
        return ACCEPTED;
      },
      shutdown: async () => {},
    };
    const bench = await setUp(t, { transport, buffer: createBuffer([]), batch: { maxItems: 1 } });
    bench.end('broken', 'sound');
    while (sent.length === 0) await bench.clock.advance(30_000);
    await untilEvent(bench, 'sent');
    assert.deepEqual(sent, ['sound']);
    await bench.client.flush();
    assert.equal(bench.client.health.traces?.droppedItems.refused, 1);
    assert.ok(bench.lines.some((line) => /the transport threw: TypeError: cannot mix BigInt/.test(line)));
  });

  test('drops and counts requests when it is full or fails', async (t) => {
    const bench = await setUp(t, { buffer: createBuffer([], 1), batch: { maxItems: 1 } });
    bench.sink.handler.response = () => retryLater();
    bench.end('a', 'b');
    assert.deepEqual(await bench.client.flush(), { kind: 'buffered', items: 1 });
    assert.equal(bench.client.health.traces?.droppedItems.queue_full, 1);
    const failing = { ...createBuffer([]), append: () => Promise.reject(new Error('disk removed')) };
    const other = await setUp(t, { buffer: failing });
    other.end('c');
    assert.deepEqual(await other.client.flush(), { kind: 'flushed' });
    assert.equal(other.client.health.traces?.droppedItems.buffer_failed, 1);
    assert.match(other.lines[0] ?? '', /disk removed/);
  });
});

describe('a shutdown', () => {
  test('ends at its deadline, and the rest is counted', async (t) => {
    const bench = await setUp(t);
    bench.sink.handler.response = () => retryLater();
    bench.end('a', 'b');
    const ended = bench.client.shutdown(500);
    await untilEvent(bench, 'retrying');
    await bench.clock.advance(500);
    assert.deepEqual(await ended, { kind: 'timed_out', pendingItems: 2 });
    assert.equal(bench.client.health.traces?.droppedItems.shutdown, 2);
    assert.equal(await bench.client.shutdown(), await ended);
  });

  test('tries an unreachable server once more instead of waiting', async (t) => {
    const bench = await setUp(t, { transport: unreachable() });
    bench.end('a');
    const flushed = bench.client.flush(60_000);
    await untilEvent(bench, 'retrying');
    bench.end('b');
    assert.deepEqual(await bench.client.shutdown(), { kind: 'flushed' });
    await flushed;
    assert.equal(bench.client.health.traces?.droppedItems.shutdown, 2);
  });
});

describe('a server that does not respond', () => {
  test('causes a warning after 10 s', async (t) => {
    const transport = unreachable();
    const bench = await setUp(t, { transport, retry: { randomizationFactor: 0 } });
    bench.end('a');
    void bench.client.flush(1);
    await untilEvent(bench, 'retrying');
    await bench.clock.advance(9_999);
    assert.deepEqual(bench.lines, []);
    await bench.clock.advance(1);
    assert.match(bench.lines.join(), /^otelier: no export has succeeded for 10 s, retrying: connect ECONNREFUSED$/);
  });

  test('causes none if it responds before', async (t) => {
    const transport = unreachable();
    const bench = await setUp(t, { transport });
    bench.end('a');
    void bench.client.flush(1);
    await untilEvent(bench, 'retrying');
    transport.outcome = { kind: 'accepted' };
    await bench.clock.advance(60_000);
    assert.equal(bench.client.health.traces?.sentItems, 1);
    assert.deepEqual(bench.lines, []);
  });
});

/** Creates a transport whose server refuses connections until it has another outcome. */
function unreachable() {
  const transport = {
    outcome: { kind: 'retry', afterMillis: undefined, reason: 'connect ECONNREFUSED', unreachable: true } as Outcome,
    export: async () => transport.outcome,
    shutdown: async () => {},
  };
  return transport;
}

/** Creates a buffer backed by an array that outlives the client, as a disk does. */
function createBuffer(requests: Request[], maxRequests = 100): RequestBuffer {
  return {
    get held() {
      const sum = (of: (request: Request) => number) => requests.reduce((total, request) => total + of(request), 0);
      return {
        requests: requests.length,
        items: sum(({ itemCount }) => itemCount),
        bytes: sum(({ sizeBytes }) => sizeBytes),
      };
    },
    append: async (request) => requests.length < maxRequests && requests.push(request) > 0,
    first: async () => requests[0],
    removeFirst: async () => void requests.shift(),
    close: async () => {},
    drain(context) {
      return drainInOrder(this, context);
    },
  };
}

/** Delays all responses until they are released. */
function stall({ handler }: Sink): { readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  handler.response = () => promise.then(() => ACCEPTED);
  return { release: resolve };
}
