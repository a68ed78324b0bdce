import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import {
  type Acknowledgment,
  type Client,
  createClient,
  type Item,
  log,
  metric,
  OptionError,
  span,
  streamItems,
} from '../node.ts';
import { responseOutcome, type Sink, startSink } from '../sink.testing.ts';

async function setUp(t: TestContext): Promise<{ sink: Sink; client: Client }> {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url, queue: { maxConcurrentRequests: 16 }, log: () => {} });
  t.after(() => client.shutdown(0));
  return { sink, client };
}

/** A source that counts how many times it was read. */
interface Counted {
  readonly spans: AsyncGenerator<Item>;
  readonly readCount: number;
}

function countedSpans(count: number): Counted {
  let readCount = 0;
  async function* spans() {
    while (readCount < count) yield span(`span ${readCount++}`);
  }
  return {
    spans: spans(),
    get readCount() {
      return readCount;
    },
  };
}

/** Returns a source that yields `count` spans and then never resolves. */
function spansThatPause(count: number): Counted {
  let readCount = 0;
  async function* spans() {
    for (;;) {
      if (readCount++ === count) await new Promise(() => {});
      yield span(`span ${readCount - 1}`);
    }
  }
  return {
    spans: spans(),
    get readCount() {
      return readCount;
    },
  };
}

/** Delays the sink's responses until they are released, in any order. */
function holdResponses({ handler }: Sink): ((outcome: Outcome) => void)[] {
  const held: ((outcome: Outcome) => void)[] = [];
  handler.response = () => new Promise((resolve) => held.push(resolve));
  return held;
}

/** Waits until everything that does not depend on the server has settled. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

function namesIn(sink: Sink): string[] {
  return sink.spans().map(({ name }) => name);
}

test('sends every item once, in batches, and acknowledges ranges in order', async (t) => {
  const { sink, client } = await setUp(t);
  const acknowledgments = await Array.fromAsync(
    streamItems(client, countedSpans(25).spans, { maxItems: 10, scope: { name: 'importer' } }),
  );
  const part = (start: number, end: number) => ({
    signal: 'traces',
    start,
    end,
    itemCount: end - start,
    outcome: ACCEPTED,
  });
  assert.deepEqual(acknowledgments, [part(0, 10), part(10, 20), part(20, 25)]);
  assert.deepEqual(namesIn(sink).toSorted(), Array.from({ length: 25 }, (_, i) => `span ${i}`).toSorted());
  assert.deepEqual(sink.scopes()[0]?.scope, { name: 'importer' });
});

test('acknowledgments have the order of the source, regardless of the order of responses', async (t) => {
  const { sink, client } = await setUp(t);
  const held = holdResponses(sink);
  const stream = streamItems(client, countedSpans(6).spans, { maxItems: 2, maxInFlight: 3 });
  const first = stream.next();
  await sink.handler.untilRequests(3);
  // Requests on different connections may arrive in any order, so the response depends on their content.
  const byFirstSpan = new Map(sink.scopes().map(({ items }, i) => [items[0]?.name, held[i]]));
  byFirstSpan.get('span 4')?.(ACCEPTED);
  byFirstSpan.get('span 2')?.({ kind: 'refused', reason: 'no such tenant' });
  byFirstSpan.get('span 0')?.({ kind: 'partial', rejectedItems: 1, reason: 'too old' });
  const acknowledgments = [(await first).value, ...(await Array.fromAsync(stream))] as Acknowledgment[];
  assert.deepEqual(
    acknowledgments.map(({ start, outcome }) => [start, outcome]),
    [
      [0, { kind: 'partial', rejectedItems: 1, reason: 'too old' }],
      [2, responseOutcome(400, 'no such tenant')],
      [4, ACCEPTED],
    ],
  );
});

test('reads the source when iteration starts, and no faster than acknowledgments are consumed', async (t) => {
  const { sink, client } = await setUp(t);
  const held = holdResponses(sink);
  const source = countedSpans(100);
  const stream = streamItems(client, source.spans, { maxItems: 5, maxInFlight: 2 });
  await settle();
  assert.equal(source.readCount, 0);
  const first = stream.next();
  await sink.handler.untilRequests(2);
  await settle();
  assert.equal(source.readCount, 10);
  for (const response of held) response(ACCEPTED);
  await first;
  await sink.handler.untilRequests(3);
  await settle();
  // One of the two acknowledgments was consumed, so one more batch is read.
  assert.equal(source.readCount, 15);
  held[2]?.(ACCEPTED);
  await stream.return();
});

test('an item waits in a batch no longer than maxDelayMillis', async (t) => {
  const { sink, client } = await setUp(t);
  const clock = createManualClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* source() {
    yield span('a');
    yield span('b');
    await promise;
    yield span('c');
  }
  const stream = streamItems(client, source(), { maxDelayMillis: 250, clock });
  const first = stream.next();
  await clock.untilPending();
  await settle();
  await clock.advance(249);
  assert.equal(sink.handler.requests.length, 0);
  await clock.advance(1);
  const { value } = await first;
  assert.deepEqual([value?.start, value?.end], [0, 2]);
  resolve();
  assert.deepEqual((await stream.next()).value?.end, 3);
  assert.ok((await stream.next()).done);
});

test('leaving the loop stops reading, sends items already read, and waits until they are settled', async (t) => {
  const { sink, client } = await setUp(t);
  const held = holdResponses(sink);
  const source = spansThatPause(3);
  const result = (async () => {
    for await (const { end } of streamItems(client, source.spans, { maxItems: 2, maxInFlight: 2 })) return end;
    return undefined;
  })();
  await sink.handler.untilRequests(1);
  await settle();
  held[0]?.(ACCEPTED);
  // The third span was read, but not a fourth to fill its batch, which is sent when the loop is exited.
  await sink.handler.untilRequests(2);
  let hasLeft = false;
  void result.then(() => {
    hasLeft = true;
  });
  await settle();
  assert.ok(!hasLeft);
  held[1]?.(ACCEPTED);
  assert.equal(await result, 2);
  assert.deepEqual(namesIn(sink), ['span 0', 'span 1', 'span 2']);
  assert.equal(source.readCount, 4);
});

test('a signal ends the stream while a read is pending; items already read are sent and acknowledged', async (t) => {
  const { sink, client } = await setUp(t);
  const abort = new AbortController();
  async function* source() {
    yield span('a');
    await new Promise(() => {});
  }
  const stream = streamItems(client, source(), { signal: abort.signal, maxDelayMillis: 60_000 });
  const all = Array.fromAsync(stream);
  await settle();
  abort.abort();
  assert.deepEqual(
    (await all).map(({ end }) => end),
    [1],
  );
  assert.deepEqual(namesIn(sink), ['a']);
  const source2 = countedSpans(5);
  assert.deepEqual(await Array.fromAsync(streamItems(client, source2.spans, { signal: abort.signal })), []);
  assert.equal(source2.readCount, 0);
});

test('if the source throws, earlier items are acknowledged before the error is thrown', async (t) => {
  const { sink, client } = await setUp(t);
  const error = new Error('line 4: no price');
  async function* source() {
    for (const name of ['a', 'b', 'c']) yield span(name);
    throw error;
  }
  const ends: number[] = [];
  await assert.rejects(
    async () => {
      for await (const { end } of streamItems(client, source(), { maxItems: 2 })) ends.push(end);
    },
    (thrown) => thrown === error,
  );
  assert.deepEqual(ends, [2, 3]);
  assert.deepEqual(namesIn(sink).toSorted(), ['a', 'b', 'c']);
});

test('a value that is not an item ends the stream with an error that has its index', async (t) => {
  const { sink, client } = await setUp(t);
  const source = Readable.from([span('a'), { name: 'b' }, span('c')]);
  await assert.rejects(
    () => Array.fromAsync(streamItems(client, source)),
    new TypeError('item 1 of the stream: expected a span, log or metric, got object'),
  );
  assert.deepEqual(namesIn(sink), ['a']);
  assert.ok(source.destroyed);
});

const KINDS: Readonly<Record<string, (items: readonly Item[]) => Parameters<typeof streamItems>[1]>> = {
  'an array': (items) => items,
  'a generator': (items) => items.values(),
  'a Readable of Node': (items) => Readable.from(items),
  'a ReadableStream': (items) => Readable.toWeb(Readable.from(items)) as ReadableStream<Item>,
};
for (const [kind, make] of Object.entries(KINDS)) {
  test(`${kind} can be a source with several signals`, async (t) => {
    const { sink, client } = await setUp(t);
    const points = metric('rows').gauge(1).point(2, { file: 'b' });
    const items = [span('a'), log('one'), span('b'), points, log('two')];
    const acknowledgments = await Array.fromAsync(streamItems(client, make(items), { maxItems: 3 }));
    assert.deepEqual(
      acknowledgments.map(({ signal, start, end, itemCount }) => [signal, start, end, itemCount]),
      [
        ['traces', 0, 3, 2],
        ['logs', 0, 3, 1],
        ['metrics', 3, 5, 2],
        ['logs', 3, 5, 1],
      ],
    );
    assert.deepEqual([namesIn(sink), sink.logs().length, sink.metrics().length], [['a', 'b'], 2, 1]);
  });
}

for (const [kind, make] of [
  ['a Readable of Node', (onEnd: () => void) => new Readable({ objectMode: true, read() {}, destroy: onEnd })],
  ['a ReadableStream', (onEnd: () => void) => new ReadableStream<Item>({ cancel: onEnd })],
] as const) {
  test(`${kind} that waits for data is closed immediately`, async (t) => {
    const { client } = await setUp(t);
    const abort = new AbortController();
    const ended = new Promise<void>((resolve) => {
      const all = Array.fromAsync(streamItems(client, make(resolve), { signal: abort.signal }));
      void all.then((acknowledgments) => assert.deepEqual(acknowledgments, []));
    });
    await settle();
    abort.abort();
    await ended;
  });
}

test('rejects invalid options and sources immediately', async (t) => {
  const { client } = await setUp(t);
  const wrong = (options: object, message: string) =>
    assert.throws(() => streamItems(client, [], options), new OptionError(message));
  wrong({ maxItems: 0 }, 'maxItems: expected 1 to 65536, got 0');
  wrong({ maxDelayMillis: '1s' }, 'maxDelayMillis: expected 0 to 86400000, got "1s"');
  wrong({ maxInFlight: 1.5 }, 'maxInFlight: expected a whole number from 1 to 1024, got 1.5');
  assert.throws(
    () => streamItems(client, 7 as unknown as readonly Item[]),
    new OptionError('source: expected an iterable or a ReadableStream, got 7'),
  );
});

test('an unreachable server is an acknowledgment, not an exception', async (t) => {
  const client = createClient({ endpoint: 'http://127.0.0.1:1', retry: { maxElapsedMillis: 1 }, log: () => {} });
  t.after(() => client.shutdown(0));
  const [acknowledgment] = await Array.fromAsync(streamItems(client, [span('a')]));
  assert.equal(acknowledgment?.outcome.kind, 'refused');
});
