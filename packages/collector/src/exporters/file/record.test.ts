import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { encodeRecord } from './record.ts';

const request = sampleBatch('logs', 2).parts[0] ?? new Uint8Array();
const bytes = (format: 'json' | 'proto', compression: 'none' | 'zstd') =>
  Buffer.from(encodeRecord('logs', request, { format, compression, level: 3 }));

/** Checks a record's length prefix and returns its content. */
function contents(record: Buffer): Buffer {
  assert.equal(record.readUInt32BE(0), record.length - 4);
  return record.subarray(4);
}

test('encodes JSON as one line', () => {
  const text = bytes('json', 'none').toString();
  assert.equal(text.indexOf('\n'), text.length - 1);
  assert.equal(JSON.parse(text).resourceLogs[0].scopeLogs[0].logRecords.length, 2);
});

test('encodes protobuf after its length in four bytes, big-endian', () => {
  assert.deepEqual(contents(bytes('proto', 'none')), Buffer.from(request));
});

test('encodes compressed records after their length, in both formats', () => {
  assert.deepEqual(zstdDecompressSync(contents(bytes('proto', 'zstd'))), Buffer.from(request));
  const json = zstdDecompressSync(contents(bytes('json', 'zstd'))).toString();
  assert.equal(`${json}\n`, bytes('json', 'none').toString());
});
