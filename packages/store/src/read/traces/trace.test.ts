import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import type { OutlineSpans, Store } from '../../contract.ts';
import { openStore } from '../../open.ts';

const SPANS = 20_000;
const TRACE = 'cd'.repeat(16);
const query = { tenant: 'default', traceId: TRACE };

/** Returns a span. Arrival order differs from start order, and every fourth span has the same start time as others. */
function spanAt(index: number): SpanJson {
  const place = (index * 7919) % SPANS;
  const start = BigInt(place % 4 === 0 ? Math.floor(place / 1000) * 1000 : place) * 1000n;
  return {
    traceId: TRACE,
    spanId: idOf(place),
    ...(place > 0 && { parentSpanId: idOf(place >> 1) }),
    name: `step ${place % 50}`,
    kind: 3,
    startTimeUnixNano: String(START + start),
    endTimeUnixNano: String(START + start + BigInt(place)),
    attributes: [
      { key: 'place', value: { intValue: String(place) } },
      { key: 'db.system', value: { stringValue: place % 2 === 0 ? 'postgresql' : 'redis' } },
    ],
  };
}
const START = 1_790_000_000_000_000_000n;

function idOf(place: number): string {
  return `a${place.toString(16).padStart(15, '0')}`;
}

describe('a trace of 20,000 spans', () => {
  let directory: string;
  let store: Store;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'otelier-trace-'));
    store = await openStore({ directory, retentionMillis: 1e12 });
    for (let from = 0; from < SPANS; from += 5000) {
      const spans = Array.from({ length: 5000 }, (_, index) => spanAt(from + index));
      await store.append(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
      if (from === 5000) await store.flush();
    }
  });
  after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });

  const isInOrder = (starts: readonly bigint[]): boolean =>
    starts.every((start, index) => index === 0 || start >= (starts[index - 1] ?? 0n));

  test('comes in bounded parts, in order, with every span once', async () => {
    const parts = await Array.fromAsync(store.trace(query));
    assert.ok(parts.length > 8);
    assert.ok(parts.every((part) => part.length <= 2048));
    const spans = parts.flat();
    assert.ok(isInOrder(spans.map(({ start }) => start)));
    assert.equal(new Set(spans.map(({ attributes }) => attributes['place'])).size, SPANS);
    assert.equal(spans.length, SPANS);
  });

  test('has an outline in bounded parts, in order, with every span once', async () => {
    const parts = await Array.fromAsync(store.traceOutline(query));
    const spans = parts.filter((part): part is OutlineSpans => part.kind === 'spans');
    assert.ok(spans.length > 1);
    assert.ok(spans.every(({ spanIds }) => spanIds.length <= 10_240));
    const operations = parts.flatMap((part) => (part.kind === 'operations' ? part.operations : []));
    assert.equal(operations.length, 50);
    const offsets = spans.flatMap((part) => part.offsets);
    assert.ok(isInOrder(offsets.map(BigInt)));
    assert.equal(new Set(spans.flatMap(({ spanIds }) => spanIds)).size, SPANS);
    for (const { spanIds, parentSpanIds, operations: places, durations } of spans) {
      for (const [index, spanId] of spanIds.entries()) {
        const place = Number.parseInt(spanId.slice(1), 16);
        const operation = operations[places[index] ?? -1];
        assert.equal(durations[index], place);
        assert.equal(operation?.name, `step ${place % 50}`);
        assert.equal(operation.peer, place % 2 === 0 ? 'postgresql' : 'redis');
        assert.equal(parentSpanIds[index], place === 0 ? '' : idOf(place >> 1));
      }
    }
  });

  test('is sorted in several ranges when its spans are large', async () => {
    const large = { tenant: 'large', traceId: TRACE };
    const count = 6000;
    for (let from = 0; from < count; from += 1000) {
      const spans = Array.from({ length: 1000 }, (_, index) => {
        const span = spanAt(from + index);
        const value = { stringValue: randomBytes(3000).toString('base64') };
        return { ...span, attributes: [...(span.attributes ?? []), { key: 'body', value }] };
      });
      await store.append(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }, { tenant: 'large' }));
    }
    const spans = (await Array.fromAsync(store.trace(large))).flat();
    assert.equal(spans.length, count);
    assert.ok(isInOrder(spans.map(({ start }) => start)));
    assert.equal(new Set(spans.map(({ attributes }) => attributes['place'])).size, count);
  });

  test('a reader that stops early leaves no file or connection in use', async () => {
    for (let run = 0; run < 20; run += 1) {
      for await (const _ of store.trace(query)) break;
      for await (const _ of store.traceOutline(query)) break;
    }
    assert.equal((await store.findSpans({ ...query, text: 'redis' })).length, SPANS / 2);
  });
});
