import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  endOfVarint,
  FieldReader,
  readDouble,
  readFixed32,
  readFixed64,
  readFixed64Number,
  readSfixed64,
  readString,
  readVarint,
  readVarintBool,
  readVarintHigh,
  readVarintInt64,
  readVarintLow,
  readVarintSint32,
  readVarintUint64,
  WireFormatError,
  WireType,
} from './reader.ts';
import { varintSize } from './tag-writer.ts';
import { WireWriter } from './writer.ts';

const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  // Every boundary between varint sizes, and between the halves.
  fc
    .tuple(fc.nat({ max: 63 }), fc.integer({ min: -2, max: 2 }))
    .map(([bit, off]) => BigInt.asUintN(64, (1n << BigInt(bit)) + BigInt(off))),
);

test('round-trips 64-bit integers, whole and in halves', () => {
  fc.assert(
    fc.property(uint64, fc.nat({ max: 3 }), (value, offset) => {
      const bytes = written(offset, (writer) => writer.varintBigInt(value));
      assert.equal(readVarintUint64(bytes, offset), value);
      assert.equal(readVarintInt64(bytes, offset), BigInt.asIntN(64, value));
      assert.equal(readVarintLow(bytes, offset), Number(value & 0xffff_ffffn));
      assert.equal(readVarintHigh(bytes, offset), Number(value >> 32n));
      assert.equal(readVarint(bytes, offset), Number(value));
      assert.equal(readVarintBool(bytes, offset), value !== 0n);
      assert.equal(endOfVarint(bytes, offset, bytes.length), bytes.length);

      const fixed = written(offset, (writer) => writer.fixed64BigInt(value));
      assert.equal(readFixed64(fixed, offset), value);
      assert.equal(readSfixed64(fixed, offset), BigInt.asIntN(64, value));
      assert.equal(readFixed64Number(fixed, offset), Number(value));
    }),
    { seed: 20_261_130 },
  );
});

test('writes numbers of up to 53 bits like big integers, in the predicted size', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = written(0, (writer) => writer.varint(value));
      assert.deepEqual(
        bytes,
        written(0, (writer) => writer.varintBigInt(BigInt(value))),
      );
      assert.equal(bytes.length, varintSize(value));
    }),
    { seed: 20_261_130 },
  );
});

test('round-trips signed, fixed and floating-point numbers', () => {
  fc.assert(
    fc.property(fc.integer(), fc.double(), fc.nat({ max: 0xffff_ffff }), (signed, double, fixed) => {
      assert.equal(
        readVarintSint32(
          written(0, (writer) => writer.varintSint32(signed)),
          0,
        ),
        signed,
      );
      assert.equal(
        readVarintLow(
          written(0, (writer) => writer.varintBigInt(BigInt(signed))),
          0,
        ) | 0,
        signed,
      );
      assert.ok(
        Object.is(
          readDouble(
            written(1, (writer) => writer.double(double)),
            1,
          ),
          double,
        ),
      );
      assert.equal(
        readFixed32(
          written(0, (writer) => writer.fixed32(fixed)),
          0,
        ),
        fixed,
      );
    }),
    { seed: 20_261_130 },
  );
});

test('round-trips text; replaces malformed UTF-8 by U+FFFD, keeps a byte order mark', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const bytes = written(0, (writer) => writer.stringField(1, text));
      const reader = new FieldReader(bytes);
      assert.ok(reader.next());
      assert.equal(readString(bytes, reader.valueStart, reader.valueEnd), text);
    }),
    { seed: 20_261_130 },
  );
  assert.equal(readString(Uint8Array.of(0x61, 0xff, 0x62), 0, 3), 'a\ufffdb');
  assert.equal(readString(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), 0, 4), '\ufeffa');
});

test('finds fields with their values, including unknown ones and groups', () => {
  const bytes = Uint8Array.of(
    ...[0x08, 0x96, 0x01],
    ...[0x11, 1, 2, 3, 4, 5, 6, 7, 8],
    ...[0x1a, 2, 0x61, 0x62],
    ...[0x23, 0x08, 1, 0x2b, 0x2c, 0x24],
    ...[0xfd, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3, 4],
  );
  const found: number[][] = [];
  const reader = new FieldReader(bytes);
  while (reader.next()) {
    found.push([reader.field, reader.wireType, reader.start, reader.valueStart, reader.valueEnd, reader.end]);
  }
  assert.deepEqual(found, [
    [1, WireType.varint, 0, 1, 3, 3],
    [2, WireType.fixed64, 3, 4, 12, 12],
    [3, WireType.lengthDelimited, 12, 14, 16, 16],
    [4, WireType.startGroup, 16, 17, 21, 22],
    [0x1fff_ffff, WireType.fixed32, 22, 27, 31, 31],
  ]);
});

test('a reader can be reset to another message', () => {
  const bytes = Uint8Array.of(0x0a, 2, 0x10, 5, 0x18, 1);
  const reader = new FieldReader(bytes);
  assert.ok(reader.next());
  const inner = new FieldReader(new Uint8Array(0)).reset(bytes, reader.valueStart, reader.valueEnd);
  assert.ok(inner.next());
  assert.equal(inner.field, 2);
  assert.equal(inner.next(), false);
});

test('throws for malformed fields with error and offset', () => {
  const failure = (...bytes: number[]): WireFormatError => {
    const reader = new FieldReader(Uint8Array.from(bytes));
    try {
      while (reader.next());
    } catch (error) {
      assert.ok(error instanceof WireFormatError);
      return error;
    }
    return assert.fail('nothing was thrown');
  };
  assert.equal(failure(0x08, 1, 0x12, 5, 1).message, 'field 2: length 5 exceeds the 1 bytes left, at offset 2');
  assert.equal(failure(0x08, 1, 0x12, 5, 1).offset, 2);
  assert.equal(failure(0x08, 0x80).message, 'field 1: the message ends within a varint, at offset 1');
  assert.equal(failure(0x02).message, 'invalid tag 2, at offset 0');
  assert.equal(failure(0x0c).message, 'field 1: end of a group without its start, at offset 0');
  assert.equal(failure(0x0b, 0x08).message, 'field 1: the message ends within a varint, at offset 2');
  assert.equal(failure(...Array.from({ length: 300 }, () => 0x0b)).detail, 'groups nest too deep');
});

function written(offset: number, write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter(1);
  writer.raw(new Uint8Array(offset).fill(0xff));
  write(writer);
  return writer.finish();
}
