import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Batch, requestToJson } from '@otelier/otlp';
import type { ComponentBench } from '@otelier/testkit/component-bench';
import { createRandom } from '@otelier/testkit/otlp/random';
import { batchOf } from '@otelier/testkit/request-codec';
import { systemClock } from '@otelier/transport/clock';
import { until, withComponent } from '../../functions/function-bench.testing.ts';
import { tailSampling } from '../tail_sampling.ts';

const MODULE = `import { tailSample } from 'otelier';
export const tested = tailSample((trace) => {
  if (trace.spans.some((span) => span.name === 'bad')) throw new RangeError('mine');
  if (trace.spans.some((span) => span.name === 'loop')) for (;;);
  if (trace.root?.name === 'share') return 0.25;
  return trace.hasError || trace.durationNanos > 1_000_000_000n;
});`;

/** The spans of traces, by trace number. */
type Spans = Readonly<
  Record<string, readonly { readonly name: string; readonly error?: boolean; readonly seconds?: number }[]>
>;

function batch(traces: Spans): Batch {
  const spans = Object.entries(traces).flatMap(([trace, list]) =>
    list.map(({ name, error = false, seconds = 0 }, index) => ({
      traceId: Number(trace).toString(16).padStart(32, '0'),
      spanId: (index + 1).toString(16).padStart(16, '0'),
      name,
      startTimeUnixNano: '1000000000',
      endTimeUnixNano: String(1_000_000_000 + seconds * 1e9),
      ...(error && { status: { code: 2 } }),
    })),
  );
  return batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** Returns the trace numbers of the received spans. */
function sampled(bench: ComponentBench): number[] {
  const json = bench.received.flatMap(({ parts }) => parts.map((part) => requestToJson('traces', part))).join('');
  return [...json.matchAll(/"traceId":"([0-9a-f]+)"/g)].map(([, id = '']) => Number.parseInt(id, 16)).toSorted();
}

function configOf(more: Record<string, unknown> = {}, sampling: Record<string, unknown> = {}) {
  return (file: string) => ({
    decision_wait: '2s',
    policies: [{ name: 'mine', type: 'function', function: { file, function: 'tested', ...more } }],
    ...sampling,
  });
}

async function decide(bench: ComponentBench, traces: number): Promise<void> {
  await bench.clock.advance(4000);
  const spans = () => bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0);
  await until(() => spans() + (bench.dropped()['sampled'] ?? 0) >= traces);
}

test('keeps the traces for which the function returns true, with all of their spans', () =>
  withComponent(tailSampling, MODULE, configOf({ timeout: '100h' }), async (bench) => {
    await bench.send(batch({ 1: [{ name: 'a' }], 2: [{ name: 'a' }], 3: [{ name: 'a' }] }));
    await bench.send(batch({ 2: [{ name: 'b', error: true }], 3: [{ name: 'b', seconds: 2 }] }));
    await decide(bench, 5);
    assert.deepEqual(sampled(bench), [2, 2, 3, 3]);
    assert.deepEqual(bench.dropped(), { sampled: 1 });
    // Spans that arrive later follow the decision.
    await bench.send(batch({ 1: [{ name: 'late' }], 2: [{ name: 'late' }] }));
    await decide(bench, 7);
    assert.deepEqual(sampled(bench), [2, 2, 2, 3, 3]);
  }));

test('keeps a share of the traces by their ID, the same ones each time', () =>
  withComponent(tailSampling, MODULE, configOf({ timeout: '100h' }), async (bench) => {
    const random = createRandom(3);
    const hex = (digits: number) => Array.from({ length: digits }, () => random(16).toString(16)).join('');
    const endings = Array.from({ length: 400 }, () => hex(14));
    const kept: string[] = [];
    for (const round of [1, 2]) {
      const spans = endings.map((ending) => ({ traceId: hex(18) + ending, spanId: '0000000000000001', name: 'share' }));
      const before = bench.received.length;
      await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
      await decide(bench, round * endings.length);
      const parts = bench.received.slice(before).flatMap((one) => one.parts);
      const json = parts.map((part) => requestToJson('traces', part)).join('');
      const ids = [...json.matchAll(/"traceId":"[0-9a-f]{18}([0-9a-f]{14})"/g)].map(([, id = '']) => id);
      assert.ok(ids.length > 60 && ids.length < 140, String(ids.length));
      kept.push(ids.toSorted().join());
    }
    assert.equal(kept[0], kept[1]);
  }));

for (const [mode, expected] of [
  ['ignore', [1, 2, 3]],
  ['drop', [3]],
  ['propagate', [3]],
] as const)
  test(`error_mode ${mode} applies to traces for which the function throws or does not return`, () =>
    withComponent(tailSampling, MODULE, configOf({ error_mode: mode, timeout: '100s' }), async (bench) => {
      await bench.send(batch({ 1: [{ name: 'bad' }], 3: [{ name: 'a', error: true }], 4: [{ name: 'a' }] }));
      await decide(bench, 3);
      assert.match(bench.error() ?? '', /^function failed: RangeError: mine/);
      await bench.send(batch({ 2: [{ name: 'loop' }] }));
      const decided = () => sampled(bench).length + (bench.dropped()['sampled'] ?? 0);
      while (decided() < 4) {
        await bench.clock.advance(30_000);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.deepEqual(sampled(bench), expected);
    }));

test('decides about the remaining traces when the service stops', () =>
  withComponent(
    tailSampling,
    MODULE,
    configOf(),
    async (bench) => {
      await bench.send(batch({ 1: [{ name: 'a' }], 2: [{ name: 'a', error: true }] }));
      await bench.close();
      assert.deepEqual(sampled(bench), [2]);
    },
    { clock: systemClock },
  ));

test('combines a function with other policies', () =>
  withComponent(
    tailSampling,
    MODULE,
    (file) => ({
      decision_wait: '2s',
      policies: [
        {
          name: 'both',
          type: 'and',
          and: {
            and_sub_policy: [
              { name: 'mine', type: 'function', function: { file, function: 'tested' } },
              { name: 'spans', type: 'span_count', span_count: { min_spans: 2 } },
            ],
          },
        },
      ],
    }),
    async (bench) => {
      await bench.send(batch({ 1: [{ name: 'a', error: true }], 2: [{ name: 'a', error: true }, { name: 'b' }] }));
      await decide(bench, 3);
      assert.deepEqual(sampled(bench), [2, 2]);
    },
  ));

test('decides correctly while traces are evicted and get more spans', () =>
  withComponent(tailSampling, MODULE, configOf({ timeout: '100h' }, { num_traces: 20 }), async (bench) => {
    const random = createRandom(11);
    const total = 3000;
    for (let sent = 0; sent < total; sent += 10) {
      const traces: Record<number, { name: string; error: boolean }[]> = {};
      for (let i = 0; i < 10; i++) {
        const id = 1 + (sent >> 4) + random(12);
        const list = traces[id] ?? [];
        traces[id] = [...list, { name: 'x', error: id % 2 === 0 }];
      }
      await bench.send(batch(traces));
      if (random(3) === 0) await bench.clock.advance(500);
    }
    const dropped = () => Object.values(bench.dropped()).reduce((sum, count) => sum + count, 0);
    while (sampled(bench).length + dropped() < total) {
      await bench.clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const kept = sampled(bench);
    assert.ok(kept.length > 0);
    assert.ok(kept.every((id) => id % 2 === 0));
    assert.equal(kept.length + dropped(), total);
  }));
