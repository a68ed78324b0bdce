import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Attributes, type Link, ROOT_CONTEXT } from '@opentelemetry/api';
import { createClient, LoggerProvider, TracerProvider } from '../node.ts';
import { startSink } from '../sink.testing.ts';

async function setUp(t: TestContext) {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url });
  const provider = new TracerProvider({ client });
  t.after(() => provider.shutdown());
  return { sink, client, provider, tracer: provider.getTracer('x') };
}

/** Sends spans and returns their attributes as received, in JSON. */
async function arrived(t: TestContext, attributes: readonly Attributes[]): Promise<readonly string[]> {
  const { sink, provider, tracer } = await setUp(t);
  for (const each of attributes) tracer.startSpan('x', { attributes: each }).end();
  await provider.forceFlush();
  return sink.spans().map((span) => JSON.stringify(span['attributes']));
}

const keyValue = (key: string, value: unknown) => JSON.stringify([{ key, value }]);
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

test('a repeated value and its successor arrive unchanged', async (t) => {
  const long = 'é'.repeat(2000);
  const values: readonly (readonly [value: unknown, seen: unknown])[] = [
    ['1', { stringValue: '1' }],
    [1, { intValue: '1' }],
    [true, { boolValue: true }],
    [false, { boolValue: false }],
    [0, { intValue: '0' }],
    [1.5, { doubleValue: 1.5 }],
    [Number.NaN, { doubleValue: 'NaN' }],
    [-1, { intValue: '-1' }],
    [2 ** 53, { intValue: '9007199254740992' }],
    ['', { stringValue: '' }],
    ['grüße', { stringValue: 'grüße' }],
    ['half \ud800', { stringValue: 'half \ufffd' }],
    [long, { stringValue: long }],
    [null, {}],
    [['a', 1], { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } }],
    [{ b: 2 }, { kvlistValue: { values: [{ key: 'b', value: { intValue: '2' } }] } }],
    ['1', { stringValue: '1' }],
  ];
  const repeated = values.flatMap((pair) => times(20, pair));
  assert.deepEqual(
    await arrived(
      t,
      repeated.map(([value]) => ({ key: value }) as Attributes),
    ),
    repeated.map(([, seen]) => keyValue('key', seen)),
  );
});

test('a list that changes between two spans arrives as it was for each', async (t) => {
  const { sink, provider, tracer } = await setUp(t);
  const list = ['0'];
  for (let i = 1; i <= 20; i++) {
    tracer.startSpan('x', { attributes: { list } }).end();
    list[0] = String(i);
  }
  await provider.forceFlush();
  assert.deepEqual(
    sink.spans().map((span) => JSON.stringify(span['attributes'])),
    Array.from({ length: 20 }, (_, i) => keyValue('list', { arrayValue: { values: [{ stringValue: String(i) }] } })),
  );
});

test('equal attributes of spans, events, links, log records and scopes all arrive', async (t) => {
  const { sink, client, provider, tracer } = await setUp(t);
  const attributes = { place: 'everywhere', count: 3 };
  const link: Link = { context: { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 }, attributes };
  const logs = new LoggerProvider({ client });
  const logger = logs.getLogger('x', '1', { attributes });
  for (let i = 0; i < 20; i++) {
    tracer
      .startSpan('x', { attributes, links: [link] })
      .addEvent('y', attributes)
      .end();
    logger.emit({ attributes, context: ROOT_CONTEXT });
  }
  await Promise.all([provider.forceFlush(), logs.shutdown()]);
  const seen = [
    ...sink
      .spans()
      .flatMap(({ attributes, events, links }) => [attributes, ...attributesIn(events), ...attributesIn(links)]),
    ...sink.logScopes().flatMap(({ scope, items }) => [scope['attributes'], ...attributesIn(items)]),
  ];
  const expected = [
    { key: 'place', value: { stringValue: 'everywhere' } },
    { key: 'count', value: { intValue: '3' } },
  ];
  assert.deepEqual(seen, times(20 * 3 + 1 + 20, expected));
});

test('any number of keys of any length arrive, also at the same index of different spans', async (t) => {
  const keys = [...Array.from({ length: 3000 }, (_, i) => `key.${i}`), 'é'.repeat(300), 'k'.repeat(300)];
  const twice = [...keys, ...keys];
  assert.deepEqual(
    await arrived(
      t,
      twice.map((key) => ({ [key]: key })),
    ),
    twice.map((key) => keyValue(key, { stringValue: key })),
  );
});

test('strings of any length and characters arrive complete', async (t) => {
  const lengths = [
    0, 1, 39, 40, 41, 42, 43, 63, 64, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 5000, 16_383, 16_384, 50_000,
  ];
  const texts = lengths.flatMap((length) => ['a', 'ü', '€', '😀'].map((character) => character.repeat(length)));
  assert.deepEqual(
    await arrived(
      t,
      texts.map((text) => ({ text })),
    ),
    texts.map((text) => keyValue('text', { stringValue: text })),
  );
});

test('bytes are copied when they are set', async (t) => {
  const { sink, provider, tracer } = await setUp(t);
  const arrays = [new Uint8Array([1, 2]), Buffer.from([1, 2])];
  const span = tracer.startSpan('x', { attributes: { ...arrays } as unknown as Attributes });
  for (const array of arrays) array.fill(9);
  span.end();
  await provider.forceFlush();
  const seen = sink.spans()[0]?.['attributes'] as readonly { readonly value: unknown }[];
  assert.deepEqual(
    seen.map(({ value }) => value),
    times(2, { bytesValue: Buffer.from([1, 2]).toString('base64') }),
  );
});

test('times arrive to the nanosecond', async (t) => {
  const { sink, provider, tracer } = await setUp(t);
  const span = tracer.startSpan('x');
  const instants: [number, number][] = [
    [0, 0],
    [0, 1],
    [4, 294_967_295],
    [4, 294_967_296],
    [1_700_000_000, 999_999_999],
    ...Array.from({ length: 60 }, (_, i): [number, number] => [1_800_000_000 + i * 7_919, (i * 987_654_321) % 1e9]),
    // Close to the overflow of the lower half of the sum.
    ...Array.from({ length: 30 }, (_, i): [number, number] =>
      nearTurn(419_000_000n + BigInt(i) * 17n, BigInt(i % 3) - 1n),
    ),
  ];
  for (const instant of instants) span.addEvent('y', instant);
  span.end();
  await provider.forceFlush();
  const events = sink.spans()[0]?.['events'] as readonly { readonly timeUnixNano?: string }[];
  assert.deepEqual(
    events.map(({ timeUnixNano = '0' }) => timeUnixNano),
    instants.map(([seconds, nanos]) => String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos))),
  );
});

test('an invalid ID arrives as zeros', async (t) => {
  const { sink, provider, tracer } = await setUp(t);
  const ids = ['', 'xyz', '0'.repeat(32), 'G'.repeat(32), '@'.repeat(32), 'ab'.repeat(17), 'AB'.repeat(16)];
  const links = ids.map((traceId): Link => ({ context: { traceId, spanId: 'cd'.repeat(8), traceFlags: 1 } }));
  tracer.startSpan('x', { links }).end();
  await provider.forceFlush();
  const seen = sink.spans()[0]?.['links'] as readonly { readonly traceId: string }[];
  assert.deepEqual(
    seen.map(({ traceId }) => traceId),
    [...times(6, '0'.repeat(32)), 'ab'.repeat(16)],
  );
});

function attributesIn(items: unknown): readonly unknown[] {
  return (items as readonly { readonly attributes: unknown }[]).map(({ attributes }) => attributes);
}

/** Returns the seconds and nanoseconds of `more` nanoseconds after a multiple of 2 ** 32 nanoseconds. */
function nearTurn(multiple: bigint, more: bigint): [number, number] {
  const nanos = (multiple << 32n) + more;
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
}
