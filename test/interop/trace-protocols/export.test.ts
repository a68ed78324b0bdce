import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFromJson } from '@otelier/otlp';
import { convertRequests } from '../../../packages/collector/src/exporters/zipkin/convert-requests.ts';
import { checkJson, encodeJson } from '../../../packages/collector/src/exporters/zipkin/encode-json.ts';
import { encodeProtobuf } from '../../../packages/collector/src/exporters/zipkin/encode-protobuf.ts';
import { decodeProtobuf } from '../../../packages/collector/src/receivers/zipkin/decode-protobuf.ts';
import type { CollectorOutcome, ExportCase } from './case.ts';
import { exportCases } from './export-cases.ts';
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

function convert({ kind, request }: ExportCase): unknown {
  const normalized = requestFromJson('traces', Buffer.from(JSON.stringify(request)));
  assert.ok(normalized.ok);
  const check = kind === 'zipkin_json' ? checkJson : () => {};
  const { spans, rejectedSpans } = convertRequests([normalized.bytes], 'OTLPResourceNoServiceName', check);
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
