import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Context, ROOT_CONTEXT, SpanKind, type SpanOptions, TraceFlags, trace } from '@opentelemetry/api';
import { startSink } from '../../sink.testing.ts';
import { all, startFrom, tracer } from './start-from.testing.ts';

for (const [root, isSent] of [
  ['always_off', false],
  ['always_on', true],
] as const) {
  test(`always_record over ${root}`, async (t) => {
    const sink = await startSink(t);
    const text = `${all(sink.url).replace('logger_provider', '  sampler: { always_record: { root: { ROOT: } } }\nlogger_provider')}`;
    const { sdk } = await startFrom(t, text.replace('ROOT', root));
    const span = tracer().startSpan('x');
    assert.equal(span.isRecording(), true);
    span.end();
    await sdk.forceFlush();
    assert.equal(sink.spans().length, isSent ? 1 : 0);
  });
}

const RULES = `file_format: "1.0"
tracer_provider:
  processors: [{ simple: { exporter: { otlp_http: } } }]
  sampler:
    composite/development:
      rule_based:
        rules:
          - { attribute_values: { key: "http.status", values: ["404", "500"] }, sampler: { always_on: } }
          - { attribute_patterns: { key: tags, included: ["a*"], excluded: ["ab*"] }, sampler: { always_on: } }
          - { span_kinds: [client, producer], parent: [none, local], sampler: { always_on: } }
          - { attribute_patterns: { key: "url" }, parent: [none], sampler: { probability: { ratio: 0 } } }
          - { parent: [remote], sampler: { parent_threshold: { root: { always_off: } } } }
`;
const REMOTE = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: '1'.repeat(32),
  spanId: '1'.repeat(16),
  isRemote: true,
  traceFlags: TraceFlags.SAMPLED,
});
const SAMPLED: readonly (readonly [span: SpanOptions, parent: Context, isKept: boolean])[] = [
  [{}, ROOT_CONTEXT, false],
  [{ attributes: { 'http.status': 404 } }, ROOT_CONTEXT, true],
  [{ attributes: { 'http.status': 200 } }, ROOT_CONTEXT, false],
  [{ attributes: { tags: ['x', 'aa'] } }, ROOT_CONTEXT, true],
  [{ attributes: { tags: ['x', 'ab'] } }, ROOT_CONTEXT, false],
  [{ kind: SpanKind.CLIENT }, ROOT_CONTEXT, true],
  [{ kind: SpanKind.SERVER }, ROOT_CONTEXT, false],
  [{ kind: SpanKind.PRODUCER, attributes: { url: '/' } }, ROOT_CONTEXT, true],
  [{ attributes: { url: '/' } }, ROOT_CONTEXT, false],
  [{}, REMOTE, true],
];
for (const [options, parent, isKept] of SAMPLED) {
  test(`a rule-based sampler: ${JSON.stringify(options)} ${parent === REMOTE ? 'with' : 'without'} a parent is ${isKept ? '' : 'not '}kept`, async (t) => {
    await startFrom(t, RULES);
    const span = tracer().startSpan('x', options, parent);
    assert.equal(span.isRecording(), isKept);
    if (isKept && parent === ROOT_CONTEXT) assert.equal(span.spanContext().traceState?.serialize(), 'ot=th:0');
  });
}
