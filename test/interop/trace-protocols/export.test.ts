import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFromJson } from '@otelier/otlp';
import { spanEncoder } from '../../../packages/collector/src/exporters/messages/span-encoder.ts';
import { convertRequests } from '../../../packages/collector/src/exporters/zipkin/convert-requests.ts';
import { checkJson, encodeJson } from '../../../packages/collector/src/exporters/zipkin/encode-json.ts';
import { encodeProtobuf } from '../../../packages/collector/src/exporters/zipkin/encode-protobuf.ts';
import { spanDecoder } from '../../../packages/collector/src/receivers/messages/span-decoder.ts';
import { decodeProtobuf } from '../../../packages/collector/src/receivers/zipkin/decode-protobuf.ts';
import type { CollectorOutcome, ExportCase } from './case.ts';
import { exportCases, jaegerExportCases } from './export-cases.ts';
import { readRecording } from './records.ts';

test('OTLP requests become the spans of Zipkin that the Collector makes of them', () => {
  const { names, outcomes } = readRecording('zipkin-export');
  const cases = exportCases();
  assert.deepEqual(
    names,
    cases.map(({ name }) => name),
    'the records are of other cases: run record.ts',
  );
  for (const [index, one] of cases.entries()) {
    const expected = outcomes[index] ?? {};
    assert.deepEqual(
      { name: one.name, spans: convert(one) },
      { name: one.name, spans: spansOf(one, bodyOf(expected)) },
    );
  }
});

test('OTLP requests become the spans of Jaeger that the Collector makes of them', () => {
  const { names, outcomes } = readRecording('jaeger-export');
  const cases = jaegerExportCases();
  assert.deepEqual(
    names,
    cases.map(({ name }) => name),
    'the records are of other cases: run record.ts',
  );
  let compared = 0;
  for (const [index, { name, kind, request }] of cases.entries()) {
    const { bodies = [], error } = outcomes[index] ?? {};
    assert.equal(error, undefined);
    const { messages, rejectedItems } = spanEncoder(kind.replace('export_', ''))(normalized(request), 0);
    assert.equal(rejectedItems, 0);
    const read = kind === 'export_jaeger_json' ? jsonOf : protobufOf;
    const expected = bodies.map((body) => read(Buffer.from(body, 'base64')));
    assert.deepEqual({ name, spans: messages.map(({ value }) => read(value)) }, { name, spans: expected });
    compared += messages.length;
  }
  assert.ok(compared > 500, `${compared} spans`);
});

function jsonOf(message: Buffer): unknown {
  return JSON.parse(message.toString());
}

/** Reads a message with the decoder of the receiver, and counts its bytes, which are the same in each order of fields. */
function protobufOf(message: Buffer): unknown {
  return { ...spanDecoder('jaeger_proto')(message), length: message.length };
}

function normalized(request: object): Uint8Array {
  const result = requestFromJson('traces', Buffer.from(JSON.stringify(request)));
  assert.ok(result.ok);
  return result.bytes;
}

function convert({ kind, request }: ExportCase): unknown {
  const check = kind === 'zipkin_json' ? checkJson : () => {};
  const { spans, rejectedSpans } = convertRequests([normalized(request)], 'OTLPResourceNoServiceName', check);
  assert.equal(rejectedSpans, 0);
  const encode = kind === 'zipkin_json' ? encodeJson : encodeProtobuf;
  return spansOf({ kind }, encode(spans));
}

function bodyOf({ body = '', error }: CollectorOutcome): Uint8Array {
  assert.equal(error, undefined);
  return Uint8Array.from(Buffer.from(body, 'base64'));
}

/** The order of keys and tags does not matter. Lists that are empty are `null` in Go. */
function spansOf({ kind }: Pick<ExportCase, 'kind'>, body: Uint8Array): unknown {
  if (kind === 'zipkin_json') return JSON.parse(Buffer.from(body).toString('utf8')) ?? [];
  return decodeProtobuf(body).map(({ tags, ...span }) => ({ ...span, tags: Object.fromEntries(tags) }));
}
