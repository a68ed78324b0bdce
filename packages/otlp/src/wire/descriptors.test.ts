import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { encodeRequest, everyFieldRequest } from '@otelier/testkit';
import { type FieldDescriptor, MESSAGES, type MessageDescriptor, REQUEST_MESSAGES } from './descriptors.ts';
import { ENUMS } from './enums.ts';

// Code that protobufjs generated from the `.proto` files of opentelemetry-proto 1.3, from OpenTelemetry JS.
const { collector } = createRequire(import.meta.url)(
  '@opentelemetry/otlp-transformer-oracle/build/src/generated/root.js',
).opentelemetry.proto;
const ORACLES = {
  traces: collector.trace.v1.ExportTraceServiceRequest,
  metrics: collector.metrics.v1.ExportMetricsServiceRequest,
  logs: collector.logs.v1.ExportLogsServiceRequest,
};
/** Names that were added to opentelemetry-proto since. */
const NEWER = new Set([
  'Resource.entity_refs',
  'Span.flags',
  'Span.Link.flags',
  'LogRecord.event_name',
  'Metric.metadata',
]);

for (const signal of ['traces', 'metrics', 'logs'] as const) {
  const message = REQUEST_MESSAGES[signal] as MessageDescriptor;

  test(`${signal}: code generated from the .proto files reads every field`, () => {
    for (const seed of [1, 2, 3]) {
      const request = everyFieldRequest(signal, seed);
      const oracle = ORACLES[signal];
      const decoded = oracle.toObject(oracle.decode(encodeRequest(signal, request)), { longs: String });
      assert.ok(isDeepStrictEqual(plain(message, decoded), withoutNewer(message, request)), `seed ${seed}`);
    }
  });

  test(`${signal}: the request with every field contains every field`, () => {
    const unseen = new Set<string>();
    forEachMessage(message, (one) => {
      for (const field of one.fields) unseen.add(`${one.name}.${field.name}`);
    });
    markSeen(message, everyFieldRequest(signal, 1, { stringIndexes: true }), unseen);
    assert.deepEqual([...unseen], []);
  });

  test(`${signal}: equal seeds give equal requests, different seeds different ones`, () => {
    assert.ok(isDeepStrictEqual(everyFieldRequest(signal, 5), everyFieldRequest(signal, 5)));
    assert.ok(!isDeepStrictEqual(everyFieldRequest(signal, 5), everyFieldRequest(signal, 6)));
  });
}

test('field numbers and names are unique, and numbers are at most 16, as the walk tables require', () => {
  for (const { fields, byNumber, byJsonName } of Object.values(MESSAGES)) {
    assert.equal(byNumber.size, fields.length);
    assert.equal(byJsonName.size, fields.length);
    assert.ok(fields.every((field, i) => field.number <= 16 && field.number > (fields[i - 1]?.number ?? 0)));
  }
});

test('enum names are at the index of their number', () => {
  assert.equal(ENUMS.SeverityNumber[9], 'SEVERITY_NUMBER_INFO');
  assert.equal(ENUMS.SeverityNumber[24], 'SEVERITY_NUMBER_FATAL4');
  assert.equal(ENUMS.SpanKind[5], 'SPAN_KIND_CONSUMER');
  assert.equal(ENUMS.AggregationTemporality[2], 'AGGREGATION_TEMPORALITY_CUMULATIVE');
});

/** Converts protobufjs output to the shape of OTLP/JSON, with bytes as text. */
function plain(message: MessageDescriptor, decoded: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(decoded).map(([name, value]) => {
      const field = message.byJsonName.get(name);
      assert.ok(field, `${message.name} has no field ${name}`);
      return [name, Array.isArray(value) ? value.map((one) => plainValue(field, one)) : plainValue(field, value)];
    }),
  );
}

function plainValue(field: FieldDescriptor, value: unknown): unknown {
  if (field.kind === 'message') return plain(MESSAGES[field.message], value as Record<string, unknown>);
  if (field.kind !== 'bytes') return value;
  return Buffer.from(value as Uint8Array).toString(field.idBytes === undefined ? 'base64' : 'hex');
}

function withoutNewer(message: MessageDescriptor, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutNewer(message, one));
  const fields: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value as object)) {
    const field = message.byJsonName.get(name);
    if (field === undefined || NEWER.has(`${message.name}.${field.name}`)) continue;
    fields[name] = field.kind === 'message' ? withoutNewer(MESSAGES[field.message], child) : child;
  }
  return fields;
}

function forEachMessage(
  message: MessageDescriptor,
  visit: (message: MessageDescriptor) => void,
  seen = new Set<string>(),
): void {
  if (seen.has(message.name)) return;
  seen.add(message.name);
  visit(message);
  for (const field of message.fields)
    if (field.kind === 'message') forEachMessage(MESSAGES[field.message], visit, seen);
}

function markSeen(message: MessageDescriptor, value: unknown, unseen: Set<string>): void {
  for (const [name, child] of Object.entries(value as object)) {
    const field = message.byJsonName.get(name);
    assert.ok(field);
    unseen.delete(`${message.name}.${field.name}`);
    if (field.kind !== 'message') continue;
    for (const one of Array.isArray(child) ? child : [child]) markSeen(MESSAGES[field.message], one, unseen);
  }
}
