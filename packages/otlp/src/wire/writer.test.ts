import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldReader, WireType } from './reader.ts';
import { WireWriter } from './writer.ts';

test('prefixes nested messages of any size with their lengths', () => {
  for (const size of [0, 1, 126, 127, 128, 129, 16_382, 16_383, 16_384, 2_097_151, 2_097_152]) {
    const writer = new WireWriter(4);
    writer.open(1);
    writer.open(16);
    writer.raw(new Uint8Array(size).fill(7));
    writer.close();
    writer.close();
    const bytes = writer.finish();
    const outer = new FieldReader(bytes);
    assert.ok(outer.next());
    assert.deepEqual([outer.field, outer.wireType, outer.end], [1, WireType.lengthDelimited, bytes.length]);
    const inner = new FieldReader(bytes, outer.valueStart, outer.valueEnd);
    assert.ok(inner.next());
    assert.deepEqual([inner.field, inner.valueEnd - inner.valueStart, inner.end], [16, size, bytes.length]);
    assert.ok(bytes.subarray(inner.valueStart, inner.valueEnd).every((byte) => byte === 7));
  }
});

test('returns an array that owns exactly its memory, and resets the writer', () => {
  const writer = new WireWriter();
  writer.stringField(1, 'ä');
  assert.equal(writer.length, 4);
  const first = writer.finish();
  assert.deepEqual([...first], [0x0a, 2, 0xc3, 0xa4]);
  assert.equal(first.buffer.byteLength, first.length);
  assert.equal(writer.length, 0);
  writer.bytesField(2, Uint8Array.of(1, 2, 3, 4), 1, 3);
  assert.deepEqual([...writer.finish()], [0x12, 2, 2, 3]);
  assert.deepEqual([...first], [0x0a, 2, 0xc3, 0xa4]);
});

test('writes an unpaired surrogate as U+FFFD', () => {
  const writer = new WireWriter();
  writer.stringField(1, 'a\ud800');
  assert.deepEqual([...writer.finish()], [0x0a, 4, 0x61, 0xef, 0xbf, 0xbd]);
});

test('throws for messages that are not closed or closed twice', () => {
  const writer = new WireWriter();
  writer.open(1);
  assert.throws(() => writer.finish(), /1 messages still open/);
  writer.close();
  assert.throws(() => writer.close(), /without open/);
});
