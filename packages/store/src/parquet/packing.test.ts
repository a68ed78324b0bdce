import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../columns/blast.testing.ts';
import { ByteWriter } from './byte-writer.ts';
import { writeDeltas } from './delta.ts';
import { writeHybrid } from './hybrid.ts';

/** Reads numbers bit by bit. */
class BitReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte(this.at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  zigzag(): bigint {
    const value = this.varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  packed(count: number, width: number): bigint[] {
    const values = Array.from({ length: count }, (_, i) => {
      let value = 0n;
      for (let bit = 0; bit < width; bit++) {
        const place = i * width + bit;
        value |= BigInt((this.#byte(this.at + (place >>> 3)) >>> (place & 7)) & 1) << BigInt(bit);
      }
      return value;
    });
    this.at += (count * width) / 8;
    return values;
  }

  #byte(at: number): number {
    const byte = this.#bytes[at];
    assert.ok(byte !== undefined, `byte ${at} of ${this.#bytes.length}`);
    return byte;
  }
}

test('runs and packed numbers of every width are read by a plain reader', () => {
  const random = createRandom(5);
  for (let width = 0; width <= 24; width++) {
    for (let round = 0; round < 20; round++) {
      const bias = random() % 3;
      const values = Uint32Array.from({ length: random() % 200 }, () => (random() % 2 ** width) + bias);
      for (let run = random() % 4; run > 0; run--) {
        const from = random() % (values.length + 1);
        values.fill(bias, from, from + (random() % 40));
      }
      const out = new ByteWriter(8);
      writeHybrid(out, values, 0, values.length, width, bias);
      const reader = new BitReader(out.view());
      const read: number[] = [];
      while (read.length < values.length) {
        const header = Number(reader.varint());
        if (header % 2 === 1) {
          read.push(...reader.packed(((header - 1) / 2) * 8, width).map(Number));
        } else {
          const [value = 0n] = reader.packed(1, Math.ceil(width / 8) * 8);
          for (let i = 0; i < header / 2; i++) read.push(Number(value));
        }
      }
      assert.equal(reader.at, out.length);
      assert.deepEqual(
        read.slice(0, values.length).map((value) => value + bias),
        [...values],
        `width ${width}, round ${round}`,
      );
    }
  }
});

test('differences of every width are read by a plain reader', () => {
  const random = createRandom(6);
  for (let width = 0; width <= 52; width++) {
    for (let round = 0; round < 4; round++) {
      const count = 1 + (random() % 300);
      let value = BigInt.asIntN(64, (BigInt(random()) << 28n) - (1n << 59n));
      const values = Array.from({ length: count }, () => {
        value += BigInt.asUintN(width, (BigInt(random()) << 32n) | BigInt(random())) - BigInt(random() % 5);
        return value;
      });
      const words = new Uint32Array(new BigInt64Array(values).buffer);
      const out = new ByteWriter(8);
      assert.ok(writeDeltas(out, words, 0, count));
      assert.deepEqual(readDeltas(out.view()), values, `width ${width}, round ${round}`);
    }
  }
});

/** Reads DELTA_BINARY_PACKED (Encodings.md) with blocks of 128 in four parts. */
function readDeltas(bytes: Uint8Array): bigint[] {
  const reader = new BitReader(bytes);
  assert.deepEqual([reader.varint(), reader.varint()], [128n, 4n]);
  const count = Number(reader.varint());
  const values = [reader.zigzag()];
  while (values.length < count) {
    const minimum = reader.zigzag();
    const widths = reader.packed(4, 8).map(Number);
    for (const width of widths) {
      if (values.length === count) break;
      for (const delta of reader.packed(32, width)) {
        if (values.length < count) values.push((values.at(-1) ?? 0n) + minimum + delta);
      }
    }
  }
  assert.equal(reader.at, bytes.length);
  return values;
}
