import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { spanPruning } from './span_pruning.ts';

processorContract(spanPruning);

const TRACE = '5b8efff798038103d269b633813fc60c';
const id = (number: number) => number.toString(16).padStart(16, '0');

function span(number: number, parent: number | undefined, name: string, millis: number, more: SpanJson = {}): SpanJson {
  return {
    traceId: TRACE,
    spanId: id(number),
    ...(parent === undefined ? {} : { parentSpanId: id(parent) }),
    name,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(millis) * 1_000_000n),
    ...more,
  };
}

/** Sends requests as one batch and returns the resulting spans. */
async function prune(config: Readonly<Record<string, unknown>>, ...requests: readonly (readonly SpanJson[])[]) {
  const random = createRandom(1);
  const bench = await createComponentBench(spanPruning, { config, random: () => random(2 ** 31) / 2 ** 31 });
  await bench.start();
  const batches = requests.map((spans) =>
    batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans: [...spans] }] }] }),
  );
  const [first] = batches;
  assert.ok(first);
  await bench.send({
    ...first,
    parts: batches.flatMap(({ parts }) => parts),
    itemCount: batches.reduce((sum, { itemCount }) => sum + itemCount, 0),
    sizeBytes: batches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  });
  const dropped = bench.dropped();
  await bench.close();
  const received = bench.received
    .flatMap(({ parts }) => parts.flatMap((part) => decodeRequest('traces', part).resourceSpans ?? []))
    .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans));
  assert.equal(
    bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0),
    received.length,
  );
  return { received, dropped, isSame: bench.received[0]?.parts[0] === first.parts[0] };
}

function attributesOf({ attributes = [] }: SpanJson): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value = {} }) => [key, Object.values(value)[0]]));
}

test('replaces similar leaves with a summary in the place of the longest', async () => {
  const route = (text: string) => ({ attributes: [{ key: 'db.name', value: { stringValue: text } }] });
  const { received, dropped } = await prune(
    { min_spans_to_aggregate: 3, aggregation_histogram_buckets: ['10ms', '20ms'] },
    [
      span(1, undefined, 'root', 100),
      span(2, 1, 'SELECT', 10, route('a')),
      span(3, 1, 'SELECT', 30, route('b')),
      span(4, 1, 'SELECT', 20, route('c')),
      span(5, 1, 'INSERT', 20),
    ],
  );
  assert.deepEqual(
    received.map(({ name }) => name),
    ['root', 'SELECT', 'INSERT'],
  );
  const summary = received[1] ?? {};
  assert.equal(summary.parentSpanId, id(1));
  assert.ok(![2, 3, 4].map(id).includes(summary.spanId ?? ''));
  assert.deepEqual(attributesOf(summary), {
    'db.name': 'b',
    'aggregation.is_summary': true,
    'aggregation.span_count': '3',
    'aggregation.duration_min_ns': '10000000',
    'aggregation.duration_max_ns': '30000000',
    'aggregation.duration_total_ns': '60000000',
    'aggregation.duration_avg_ns': '20000000',
    'aggregation.histogram_bucket_bounds_s': { values: [{ doubleValue: 0.01 }, { doubleValue: 0.02 }] },
    'aggregation.histogram_bucket_counts': { values: [{ intValue: '1' }, { intValue: '2' }, { intValue: '3' }] },
  });
  assert.deepEqual(dropped, { pruned: 2 });
});

test('links summaries of leaves to the summaries of their parents, over several requests of a batch', async () => {
  const handler = (number: number) => [span(number, 1, 'handler', number), span(number + 10, number, 'SELECT', number)];
  const { received } = await prune(
    { min_spans_to_aggregate: 2 },
    [span(1, undefined, 'root', 100), ...handler(2)],
    handler(3),
    [...handler(4), span(5, 1, 'handler', 1), span(15, 5, 'INSERT', 1)],
  );
  const byName = (name: string) => received.filter((each) => each.name === name);
  const [summary] = byName('handler').filter((each) => attributesOf(each)['aggregation.span_count'] === '3');
  assert.equal(summary?.parentSpanId, id(1));
  assert.equal(byName('SELECT')[0]?.parentSpanId, summary?.spanId);
  assert.equal(byName('INSERT')[0]?.parentSpanId, id(5));
  assert.equal(received.length, 5);
});

test('forwards batches without similar spans unchanged, and survives cycles and repeated IDs', async () => {
  const few = await prune({}, [span(1, undefined, 'root', 1), ...[2, 3, 4, 5].map((each) => span(each, 1, 'q', each))]);
  assert.ok(few.isSame);
  const odd = await prune({ min_spans_to_aggregate: 2, max_parent_depth: -1 }, [
    span(1, 2, 'a', 1),
    span(2, 1, 'a', 1),
    span(3, 3, 'self', 1),
    span(4, 1, 'q', 1),
    span(5, 2, 'q', 2),
    span(5, 2, 'q', 2),
    { name: 'empty' },
  ]);
  assert.deepEqual(
    odd.received.map(({ name }) => name),
    ['a', 'a', 'self', 'q', 'empty'],
  );
});

test('keeps the number of spans that summaries stand for, in random trees', async () => {
  const random = createRandom(4);
  for (let round = 0; round < 60; round++) {
    const count = 2 + random(60);
    const spans = Array.from({ length: count }, (_, index) =>
      span(index + 1, index === 0 ? undefined : 1 + random(index), `op ${random(3)}`, random(50)),
    );
    const { received } = await prune({ min_spans_to_aggregate: 2, max_parent_depth: random(4) - 1 }, spans);
    const represented = received.reduce(
      (sum, each) => sum + Number(attributesOf(each)['aggregation.span_count'] ?? 1),
      0,
    );
    assert.equal(represented, count);
    const ids = new Set(received.map(({ spanId }) => spanId));
    for (const { parentSpanId } of received)
      assert.ok(!parentSpanId || ids.has(parentSpanId), 'the parent of a remaining span remains');
  }
});
