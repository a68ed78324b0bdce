import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Batch, forEachItem, requestToJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import { batchOf } from '@otelier/testkit/request-codec';
import { tailSampling } from './tail_sampling.ts';

const ALWAYS = { name: 'all', type: 'always_sample' };
const ERRORS = { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } };

processorContract(tailSampling, {
  config: { decision_wait: '1s', policies: [ALWAYS] },
  respondsEarly: true,
  settle: (bench) => bench.clock.advance(3000),
});

describe('tail_sampling', () => {
  test('decides about a trace by all its spans, a fixed time after the first one', async () => {
    const bench = await started({ decision_wait: '2s', policies: [ERRORS] });
    await bench.send(request(span(1), span(2), span(3, 2)));
    await bench.clock.advance(1000);
    await bench.send(request(span(1, 2), span(2), span(3)));
    await bench.clock.advance(1000);
    assert.deepEqual(bench.received, []);
    await bench.clock.advance(1000);
    assert.deepEqual(countByTrace(bench), { 1: 2, 3: 2 });
    assert.deepEqual(bench.dropped(), { sampled: 2 });
    await bench.send(request(span(1), span(2, 2)));
    assert.deepEqual(countByTrace(bench), { 1: 3, 3: 2 }, 'late spans follow the decision');
    await bench.close();
  });

  test('keeps resources, scopes, schema URLs and the bytes of spans', async () => {
    const bench = await started({ decision_wait: '1s', policies: [ERRORS] });
    const sent = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
          scopeSpans: [
            { scope: { name: 'a' }, spans: [span(1, 2)], schemaUrl: 'https://schema/scope' },
            { scope: { name: 'b', version: '2' }, spans: [span(1, 2), { ...span(1, 2), name: 'second' }] },
          ],
          schemaUrl: 'https://schema/resource',
        },
      ],
    };
    const batch = batchOf('traces', sent);
    await bench.send(batch);
    await bench.clock.advance(3000);
    assert.deepEqual(jsonOf(bench.received), jsonOf([batch]));
    await bench.close();
  });

  test('records the policy in the scope', async () => {
    const composite = {
      name: 'c',
      type: 'composite',
      composite: { max_total_spans_per_second: 100, composite_sub_policy: [{ ...ALWAYS, name: 'part' }] },
    };
    const bench = await started({
      decision_wait: '1s',
      record_policy: true,
      decision_cache: { sampled_cache_size: 10 },
      policies: [ERRORS, composite],
    });
    await bench.send(request(span(1, 2)));
    await bench.send(request(span(2)));
    await bench.clock.advance(3000);
    await bench.send(request(span(1)));
    assert.deepEqual(scopes(bench), [
      { 'tailsampling.policy': 'errors', 'tailsampling.composite_policy': 'part' },
      { 'tailsampling.policy': 'c', 'tailsampling.composite_policy': 'part' },
      { 'tailsampling.policy': 'errors', 'tailsampling.cached_decision': true },
    ]);
    await bench.close();
  });

  test('replaces recorded policies of an earlier gateway', async () => {
    const bench = await started({ decision_wait: '1s', record_policy: true, policies: [ALWAYS] });
    const attributes = [
      { key: 'kept', value: { stringValue: 'x' } },
      { key: 'tailsampling.policy', value: { stringValue: 'old' } },
    ];
    await bench.send(
      batchOf('traces', {
        resourceSpans: [{ scopeSpans: [{ scope: { name: 'lib', attributes }, spans: [span(1)] }] }],
      }),
    );
    await bench.clock.advance(3000);
    assert.deepEqual(scopes(bench), [{ kept: 'x', 'tailsampling.policy': 'all' }]);
    await bench.close();
  });

  test('decides about the oldest traces early when memory is full, and loses nothing', async () => {
    const bench = await createComponentBench(tailSampling, {
      config: { decision_wait: '30s', policies: [ERRORS] },
      memoryLimitBytes: 8 * 2 ** 20,
    });
    await bench.start();
    for (let trace = 0; trace < 400; trace++) {
      const outcome = await bench.send(request({ ...span(trace, trace % 2 === 0 ? 2 : 0), name: 'x'.repeat(100_000) }));
      assert.equal(outcome.kind, 'accepted');
    }
    assert.ok(bench.received.length > 0, 'expected decisions before decision_wait');
    assert.match(bench.error() ?? '', /memory is full, traces are decided before decision_wait/);
    assert.equal(bench.logs.filter(({ msg }) => String(msg).startsWith('memory is full')).length, 1);
    await bench.clock.advance(60_000);
    assert.equal(bench.error(), undefined);
    assert.equal(Object.keys(countByTrace(bench)).length, 200);
    assert.deepEqual(bench.dropped(), { sampled: 200 });
    await bench.close();
  });

  test('waits for the next component instead of losing sampled spans', async () => {
    const bench = await started({ decision_wait: '1s', policies: [ALWAYS] });
    bench.response = () => ({ kind: 'retry', afterMillis: 100, reason: 'the disk is full' });
    await bench.send(request(span(1), span(2)));
    await bench.clock.advance(3000);
    assert.match(bench.error() ?? '', /the disk is full/);
    const rejected = bench.send(request(span(3)));
    await bench.clock.advance(600);
    assert.equal((await rejected).kind, 'retry');
    bench.received.length = 0;
    bench.response = () => ({ kind: 'accepted' });
    await bench.clock.advance(3000);
    assert.deepEqual(countByTrace(bench), { 1: 1, 2: 1 });
    assert.equal(bench.error(), undefined);
    await bench.close();
  });

  test('removes the oldest trace at num_traces, and counts its spans', async () => {
    const bench = await started({ decision_wait: '10s', num_traces: 2, policies: [ALWAYS] });
    await bench.send(request(span(1), span(1), span(2), span(3)));
    await bench.clock.advance(20_000);
    assert.deepEqual(countByTrace(bench), { 2: 1, 3: 1 });
    assert.deepEqual(bench.dropped(), { dropped_too_early: 2 });
    await bench.close();
  });

  test('lets requests wait for a decision with block_on_overflow', async () => {
    const bench = await started({ decision_wait: '1s', num_traces: 2, block_on_overflow: true, policies: [ALWAYS] });
    await bench.send(request(span(1), span(2)));
    let isAccepted = false;
    const waiting = bench.send(request(span(3))).then((outcome) => {
      isAccepted = outcome.kind === 'accepted';
    });
    await bench.clock.advance(900);
    assert.equal(isAccepted, false);
    await bench.clock.advance(2000);
    await waiting;
    assert.equal(isAccepted, true);
    await bench.close();
    assert.deepEqual(countByTrace(bench), { 1: 1, 2: 1, 3: 1 });
  });

  test('keeps the traces of tenants apart', async () => {
    const bench = await started({ decision_wait: '1s', policies: [ERRORS] });
    const of = (tenant: string, batch: Batch): Batch => ({ ...batch, context: { ...batch.context, tenant } });
    await bench.send(of('a', request(span(1))));
    await bench.send(of('b', request(span(1, 2))));
    await bench.clock.advance(3000);
    assert.deepEqual(
      bench.received.map(({ context, itemCount }) => [context.tenant, itemCount]),
      [['b', 1]],
    );
    await bench.close();
  });

  test('forgets tenants without traces', async () => {
    const bench = await started({ decision_wait: '1s', num_traces: 10, policies: [ALWAYS] });
    for (let tenant = 0; tenant < 3000; tenant++) {
      const batch = request(span(tenant));
      await bench.send({ ...batch, context: { ...batch.context, tenant: `t${tenant}` } });
      if (tenant % 10 === 9) await bench.clock.advance(3000);
    }
    await bench.close();
    assert.deepEqual(
      bench.received.map(({ context }) => context.tenant),
      Array.from({ length: 3000 }, (_, tenant) => `t${tenant}`),
    );
  });

  test('accepts options without effect with a warning, and refuses what cannot work', async () => {
    const bench = await started({
      num_shards: 4,
      expected_new_traces_per_sec: 10,
      tail_storage: 'file',
      policies: [ALWAYS],
    });
    await bench.close();
    for (const [config, message] of [
      [{ policies: [{ ...ALWAYS, name: '' }] }, /policies\[0\]\.name: expected a name/],
      [{ policies: [ALWAYS, ALWAYS] }, /policies\[1\]\.name: expected a unique name, got "all"/],
      [{ policies: [{ name: 'a', type: 'status_code' }] }, /status_codes: expected at least one status code/],
      [{ policies: [{ name: 'a', type: 'numeric_attribute' }] }, /numeric_attribute: expected min_value or max_value/],
      [{ policies: [{ name: 'a', type: 'latence' }] }, /policies\[0\]\.type: expected .*latency/],
    ] as const)
      await assert.rejects(createComponentBench(tailSampling, { config }), message);
  });

  test('forwards each span of sampled traces once, and counts all others, whatever is forgotten', async () => {
    for (let seed = 1; seed <= 12; seed++) await conserves(seed);
  });
});

async function conserves(seed: number): Promise<void> {
  const random = createRandom(seed);
  const sizes = { sampled_cache_size: random(3), non_sampled_cache_size: random(3) };
  const bench = await started({
    decision_wait: `${1 + random(3)}s`,
    decision_wait_after_root_received: random(2) === 0 ? '1s' : '0s',
    num_traces: 1 + random(20),
    decision_cache: sizes,
    sampling_strategy: random(2) === 0 ? 'span-ingest' : 'trace-complete',
    maximum_trace_size_bytes: random(3) === 0 ? 400 : 0,
    policies: [ERRORS, { name: 'half', type: 'probabilistic', probabilistic: { sampling_percentage: 50 } }],
  });
  let sent = 0;
  const ids = new Set<string>();
  for (let step = 0; step < 60; step++) {
    const spans = Array.from({ length: 1 + random(12) }, () => ({
      ...span(1 + random(30), random(8) === 0 ? 2 : 0),
      spanId: (++sent).toString(16).padStart(16, '0'),
      ...(random(4) > 0 && { parentSpanId: '1111111111111111' }),
    }));
    const cut = random(spans.length);
    const scopeSpans = [{ spans: spans.slice(0, cut) }, { scope: { name: 's' }, spans: spans.slice(cut) }];
    assert.equal((await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans }] }))).kind, 'accepted');
    if (random(3) === 0) await bench.clock.advance(random(1500));
  }
  await bench.close();
  let received = 0;
  for (const batch of bench.received) {
    let items = 0;
    for (const part of batch.parts)
      forEachItem('traces', part, ({ bytes, start, end }) => {
        items += 1;
        ids.add(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
      });
    assert.equal(batch.itemCount, items);
    received += items;
  }
  const dropped = Object.values(bench.dropped()).reduce((sum, count) => sum + count, 0);
  assert.equal(ids.size, received, `a span was forwarded twice, seed ${seed}`);
  assert.equal(received + dropped, sent, `seed ${seed}`);
}

async function started(config: Readonly<Record<string, unknown>>): Promise<ComponentBench> {
  const bench = await createComponentBench(tailSampling, { config });
  await bench.start();
  return bench;
}

function span(trace: number, code = 0) {
  return { traceId: trace.toString(16).padStart(32, '0'), spanId: '1234567812345678', name: 'a', status: { code } };
}

function request(...spans: readonly object[]): Batch {
  return batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** Returns the number of received spans by trace. */
function countByTrace({ received }: ComponentBench): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const part of received.flatMap(({ parts }) => parts))
    forEachItem('traces', part, ({ bytes, start }) => {
      const id = Number.parseInt(Buffer.from(bytes.subarray(start + 2, start + 18)).toString('hex'), 16);
      counts[id] = (counts[id] ?? 0) + 1;
    });
  return counts;
}

function jsonOf(batches: readonly Batch[]): unknown[] {
  return batches.flatMap(({ parts }) => parts.map((part) => JSON.parse(requestToJson('traces', part))));
}

interface Scope {
  readonly attributes?: readonly { key: string; value: { stringValue?: string; boolValue?: boolean } }[];
}

/** Returns the attributes of the received scopes, in order. */
function scopes({ received }: ComponentBench): Record<string, unknown>[] {
  const requests = jsonOf(received) as { resourceSpans: { scopeSpans: { scope: Scope }[] }[] }[];
  return requests
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .map(({ scope }) =>
      Object.fromEntries((scope.attributes ?? []).map(({ key, value }) => [key, value.stringValue ?? value.boolValue])),
    );
}
