import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { batchOf } from '@otelier/testkit/request-codec';
import { groupByTrace } from './group_by_trace.ts';

processorContract(groupByTrace, { settle: (bench) => bench.clock.advance(1000), respondsEarly: true });

const A = '0a'.repeat(16);
const B = '0b'.repeat(16);
const span = (traceId: string, name: string) => ({ traceId, spanId: '01'.repeat(8), name });
const request = (...spans: object[]) =>
  batchOf('traces', { resourceSpans: [{ scopeSpans: [{ scope: { name: 's' }, spans }] }] });

function names({ received }: ComponentBench): string[] {
  return received.map(({ parts }) =>
    parts
      .flatMap((part) => [...requestToJson('traces', part).matchAll(/"name":"(\w\d)"/g)].map(([, name = '']) => name))
      .join(' '),
  );
}

test('forwards the spans of a trace together, some time after the first one', async () => {
  const bench = await createComponentBench(groupByTrace, { config: { wait_duration: '5s' } });
  await bench.start();
  await bench.send(request(span(A, 'a1'), span(B, 'b1'), span(A, 'a2')));
  await bench.clock.advance(4000);
  await bench.send(request(span(B, 'b2'), span(A, 'a3')));
  assert.deepEqual(names(bench), []);
  await bench.clock.advance(1000);
  assert.deepEqual(names(bench), ['a1 a2 a3', 'b1 b2']);
  assert.deepEqual(
    bench.received.map(({ itemCount }) => itemCount),
    [3, 2],
  );
  await bench.send(request(span(A, 'a4')));
  await bench.clock.advance(5000);
  assert.deepEqual(names(bench).slice(2), ['a4']);
  await bench.close();
});

test('drops the oldest trace beyond the limit, counts its spans and says so once', async () => {
  const bench = await createComponentBench(groupByTrace, { config: { num_traces: 1 } });
  await bench.start();
  await bench.send(request(span(A, 'a1'), span(A, 'a2')));
  await bench.send(request(span(B, 'b1')));
  await bench.send(request(span(A, 'a3')));
  await bench.clock.advance(1000);
  assert.deepEqual(names(bench), ['a3']);
  assert.deepEqual(bench.dropped(), { evicted: 3 });
  assert.equal(bench.logs.filter(({ msg }) => String(msg).startsWith('dropping the oldest traces')).length, 1);
  await bench.close();
});

test('forwards what is waiting when it drains', async () => {
  const bench = await createComponentBench(groupByTrace);
  await bench.start();
  await bench.send(request(span(A, 'a1'), span(B, 'b1')));
  await bench.service.shutdown();
  assert.deepEqual(names(bench), ['a1', 'b1']);
});

test('rejects batches without memory for them, and frees the memory of forwarded traces', async () => {
  const bench = await createComponentBench(groupByTrace, { memoryLimitBytes: 64 * 1024 });
  await bench.start();
  const spans = Array.from({ length: 20 }, (_, index) => ({ ...span(A, `a${index}`), name: 'x'.repeat(1000) }));
  let outcome = await bench.send(request(...spans));
  for (let sent = 1; sent < 10 && outcome.kind === 'accepted'; sent++) outcome = await bench.send(request(...spans));
  assert.equal(outcome.kind, 'retry');
  await bench.clock.advance(1000);
  assert.equal((await bench.send(request(...spans))).kind, 'accepted');
  await bench.close();
});

for (const option of ['discard_orphans', 'store_on_disk'])
  test(`rejects ${option}, like the Collector`, async () => {
    await assert.rejects(createComponentBench(groupByTrace, { config: { [option]: true } }), /expected false/);
  });
