import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeExportResponse, encodeExportResponse, type OtlpEncoding } from './response.ts';
import { SIGNAL_NAMES } from './signals.ts';

const ENCODINGS: readonly OtlpEncoding[] = ['protobuf', 'json'];

test('encodes full success as an empty message', () => {
  assert.deepEqual(encodeExportResponse(undefined, 'protobuf', 'traces'), new Uint8Array(0));
  assert.equal(text(encodeExportResponse(undefined, 'json', 'traces')), '{}');
  for (const encoding of ENCODINGS) {
    assert.equal(decodeExportResponse(encodeExportResponse(undefined, encoding, 'logs'), encoding), undefined);
  }
});

test('round-trips a partial success in both encodings for every signal', () => {
  for (const signal of SIGNAL_NAMES) {
    for (const encoding of ENCODINGS) {
      for (const partial of [
        { rejectedItems: 3, errorMessage: 'zu groß' },
        { rejectedItems: 0, errorMessage: 'a warning' },
        { rejectedItems: 5_000_000_000, errorMessage: '' },
      ]) {
        assert.deepEqual(decodeExportResponse(encodeExportResponse(partial, encoding, signal), encoding), partial);
      }
    }
  }
});

test('encodes a partial success as the specification defines', () => {
  const bytes = encodeExportResponse({ rejectedItems: 300, errorMessage: 'no' }, 'protobuf', 'metrics');
  assert.deepEqual([...bytes], [0x0a, 7, 0x08, 0xac, 0x02, 0x12, 2, 0x6e, 0x6f]);
  const json = encodeExportResponse({ rejectedItems: 300, errorMessage: 'no' }, 'json', 'metrics');
  assert.deepEqual(JSON.parse(text(json)), { partialSuccess: { rejectedDataPoints: '300', errorMessage: 'no' } });
});

test('accepts the count as a number, which some servers write', () => {
  const body = new TextEncoder().encode('{"partialSuccess":{"rejectedLogRecords":7}}');
  assert.deepEqual(decodeExportResponse(body, 'json'), { rejectedItems: 7, errorMessage: '' });
});

test('treats an unreadable response as full success', () => {
  assert.equal(decodeExportResponse(Uint8Array.of(0x0a, 200), 'protobuf'), undefined);
  assert.equal(decodeExportResponse(new TextEncoder().encode('<html>'), 'json'), undefined);
  assert.equal(decodeExportResponse(new TextEncoder().encode('null'), 'json'), undefined);
});

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
