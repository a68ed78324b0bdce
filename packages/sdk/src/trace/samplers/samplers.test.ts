import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Attributes,
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type Sampler,
  SamplingDecision,
  SpanKind,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import {
  alwaysOff,
  alwaysOn,
  consistentProbability,
  createClient,
  OptionError,
  parentBased,
  ruleBased,
  TracerProvider,
  traceIdRatio,
} from '../../node.ts';
import { startSink } from '../../sink.testing.ts';

/** Returns an ID whose random part is this fraction of the maximum. */
const idAt = (share: number): string =>
  `a${'0'.repeat(17)}${Math.floor(share * 2 ** 32)
    .toString(16)
    .padStart(8, '0')}000000`;
const sample = (
  sampler: Sampler,
  context: Context,
  id: string,
  name = 'x',
  kind = SpanKind.INTERNAL,
  given: Attributes = {},
) => sampler.shouldSample(context, id, name, kind, given, []);
const keeps = (...args: Parameters<typeof sample>): boolean =>
  sample(...args).decision === SamplingDecision.RECORD_AND_SAMPLED;
const below = (traceFlags: number, state = '', isRemote = true): Context =>
  trace.setSpanContext(ROOT_CONTEXT, {
    traceId: idAt(0.5),
    spanId: '00f067aa0ba902b7',
    traceFlags,
    isRemote,
    traceState: createTraceState(state),
  });

describe('a ratio of traces', () => {
  for (const make of [traceIdRatio, consistentProbability]) {
    test(`is sampled by the random part of the ID: ${make.name}`, () => {
      const seen = [0, 0.25, 1].map((ratio) =>
        [0, 0.74, 0.75, 0.99].map((at) => keeps(make(ratio), ROOT_CONTEXT, idAt(at))),
      );
      assert.deepEqual(seen, [
        [false, false, false, false],
        [false, false, true, true],
        [true, true, true, true],
      ]);
      assert.match(String(make(0.25)), /\{0\.25\}$/);
    });

    test(`that is invalid is rejected: ${make.name}`, () => {
      for (const ratio of [-0.1, 1.1, Number.NaN]) assert.throws(() => make(ratio), OptionError);
    });
  }
});

describe('a consistent sampler', () => {
  const stateAfter = (probability: number, state: string, at: number): string | undefined =>
    sample(consistentProbability(probability), below(TraceFlags.SAMPLED, state), idAt(at)).traceState?.serialize();

  test('replaces the threshold and keeps other entries', () => {
    assert.equal(stateAfter(0.25, '', 0.9), 'ot=th:c');
    assert.equal(stateAfter(0.25, 'a=1,ot=th:8;x:1', 0.9), 'ot=th:c;x:1,a=1');
    assert.equal(stateAfter(1, 'ot=broken', 0.9), 'ot=th:0');
    assert.equal(stateAfter(0.01, '', 0.999), 'ot=th:fd70a');
  });

  test('removes the threshold of dropped spans', () => {
    assert.equal(stateAfter(0.25, 'a=1,ot=th:8', 0.1), 'a=1');
    assert.equal(stateAfter(0.25, 'ot=th:8;rv:10000000000000', 0.9), 'ot=rv:10000000000000');
  });

  test('uses the randomness of the trace state if present', () => {
    assert.equal(stateAfter(0.25, 'ot=rv:f0000000000000', 0.1), 'ot=rv:f0000000000000;th:c');
  });

  test('exports its threshold and propagates it to children', async (t) => {
    const sink = await startSink(t);
    const client = createClient({ endpoint: sink.url });
    const sampler = parentBased({ root: consistentProbability(1) });
    const provider = new TracerProvider({ client, sampler });
    const tracer = provider.getTracer('x');
    const root = tracer.startSpan('root', {}, ROOT_CONTEXT);
    tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, root)).end();
    root.end();
    await provider.shutdown();
    assert.deepEqual(
      sink.spans().map(({ name, traceState }) => [name, traceState]),
      [
        ['child', 'ot=th:0'],
        ['root', 'ot=th:0'],
      ],
    );
  });
});

test('follows the parent, or the root sampler without a valid parent', () => {
  const byParent = parentBased({ root: alwaysOff });
  const invalid = trace.setSpanContext(ROOT_CONTEXT, { traceId: '0', spanId: '0', traceFlags: 1 });
  const contexts = [
    ROOT_CONTEXT,
    invalid,
    ...[true, false].flatMap((remote) => [below(1, '', remote), below(0, '', remote)]),
  ];
  const decisions = (sampler: Sampler) => contexts.map((context) => keeps(sampler, context, idAt(0)));
  assert.deepEqual(decisions(byParent), [false, false, true, false, true, false]);
  const reversed = parentBased({
    root: alwaysOn,
    remoteParentSampled: alwaysOff,
    remoteParentNotSampled: alwaysOn,
    localParentSampled: alwaysOff,
    localParentNotSampled: alwaysOn,
  });
  assert.deepEqual(decisions(reversed), [true, true, false, true, false, true]);
  assert.match(String(byParent), /^ParentBased\{root=AlwaysOffSampler, remoteParentSampled=AlwaysOnSampler, /);
});

test('uses the first rule that matches name, kind and attributes', () => {
  const sampler = ruleBased(
    [
      { name: /health/g, sampler: alwaysOff },
      { name: 'pay', kind: 'server', attributes: { 'http.status': 500, path: /^\/v1/ }, sampler: alwaysOn },
      { name: 'pay', sampler: alwaysOff },
    ],
    alwaysOn,
  );
  const decide = (name: string, kind = SpanKind.SERVER, given: Attributes = { 'http.status': 500, path: '/v1/a' }) =>
    keeps(sampler, ROOT_CONTEXT, idAt(0), name, kind, given);
  assert.deepEqual(
    [decide('GET /health'), decide('GET /health'), decide('other'), decide('pay')],
    [false, false, true, true],
  );
  assert.equal(decide('pay', SpanKind.CLIENT), false);
  assert.equal(decide('pay', SpanKind.SERVER, { 'http.status': '500', path: '/v1/a' }), false);
  assert.equal(decide('pay', SpanKind.SERVER, { 'http.status': 500, path: 7 }), false);
  assert.equal(decide('pay', SpanKind.SERVER, { 'http.status': 500 }), false);
  assert.equal(String(sampler), 'RuleBased{AlwaysOffSampler, AlwaysOnSampler, AlwaysOffSampler, AlwaysOnSampler}');
});
