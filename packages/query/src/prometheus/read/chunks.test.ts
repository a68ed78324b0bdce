import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_HISTOGRAM, type FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { Labels } from '../../promql/labels/labels.ts';
import { SAMPLE, type SampleSeries } from '../../promql/source.ts';
import { chunksOf } from './chunks.ts';

/** Reads bits of a chunk, written independently of the encoder, with 64-bit integers. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, headerBytes: number) {
    this.#bytes = bytes;
    this.#at = headerBytes * 8;
  }

  bits(count: number): bigint {
    let value = 0n;
    for (let bit = 0; bit < count; bit++, this.#at++) {
      value = (value << 1n) | BigInt(((this.#bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bits(8);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  }

  ones(limit: number): number {
    let count = 0;
    while (count < limit && this.bits(1) === 1n) count += 1;
    return count;
  }
}

class XorReader {
  #bits: bigint;
  #leading = 0;
  #trailing = 0;

  constructor(first: bigint) {
    this.#bits = first;
  }

  next(reader: BitReader): bigint {
    if (reader.bits(1) === 0n) return this.#bits;
    if (reader.bits(1) === 1n) {
      this.#leading = Number(reader.bits(5));
      this.#trailing = 64 - this.#leading - (Number(reader.bits(6)) || 64);
    }
    this.#bits ^= reader.bits(64 - this.#leading - this.#trailing) << BigInt(this.#trailing);
    return this.#bits;
  }
}

const STALE = 0x7ff0_0000_0000_0002n;
const SIZES = [0, 14, 17, 20, 64];

function decodeFloats(data: Uint8Array): [time: number, bits: bigint][] {
  const reader = new BitReader(data, 2);
  const zigzag = reader.varint();
  let time = (zigzag >> 1n) ^ -(zigzag & 1n);
  const first = reader.bits(64);
  const values = new XorReader(first);
  const result: [number, bigint][] = [[Number(time), first]];
  let delta = 0n;
  for (let index = 1; index < data[0] * 256 + data[1]; index++) {
    if (index === 1) delta = reader.varint();
    else {
      const size = SIZES[reader.ones(4)] ?? 0;
      const change = size === 0 ? 0n : reader.bits(size);
      delta += change > 1n << BigInt(size - 1) && size > 0 ? change - (1n << BigInt(size)) : change;
    }
    time += delta;
    result.push([Number(time), values.next(reader)]);
  }
  return result;
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

const values = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer().map(Number),
  fc.constantFrom(0, -0, 1, Number.POSITIVE_INFINITY, 5e-324),
);

test('floats and stale markers of any times are encoded so that they are decoded again', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ gap: fc.oneof(fc.nat(20), fc.nat(20_000), fc.nat(1e9)), value: values, stale: fc.boolean() }),
        {
          minLength: 1,
          maxLength: 300,
        },
      ),
      fc.integer({ min: -1e12, max: 2e12 }),
      (samples, start) => {
        let time = start;
        const times = Float64Array.from(samples, ({ gap }) => {
          time += gap + 1;
          return time;
        });
        const kinds = Uint8Array.from(samples, ({ stale }) => (stale ? SAMPLE.stale : SAMPLE.float));
        const series: SampleSeries = {
          ...{ labels: Labels.EMPTY, times, kinds },
          values: Float64Array.from(samples, ({ value }) => value),
        };
        const chunks = [...chunksOf(series)];
        const decoded = chunks.flatMap(({ data }) => decodeFloats(data));
        assert.deepEqual(
          decoded,
          samples.map(({ value, stale }, index) => [times[index], stale ? STALE : bitsOf(value)]),
        );
        for (const { minTime, maxTime, data } of chunks) {
          const own = decodeFloats(data);
          assert.deepEqual([minTime, maxTime], [own[0]?.[0], own.at(-1)?.[0]]);
        }
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});

test('a chunk of histograms ends at other buckets, at a reset and at a stale marker', () => {
  const histogram = (count: number, index: number): FloatHistogram => ({
    ...{ ...EMPTY_HISTOGRAM, schema: 1, count, sum: count },
    positive: { indexes: [index], counts: [count] },
  });
  const histograms = [histogram(1, 0), histogram(3, 0), histogram(2, 0), histogram(4, 7), undefined, histogram(5, 7)];
  const series: SampleSeries = {
    labels: Labels.EMPTY,
    times: Float64Array.from(histograms.keys()),
    values: new Float64Array(histograms.length),
    kinds: Uint8Array.from(histograms, (one) => (one === undefined ? SAMPLE.stale : SAMPLE.histogram)),
    histograms,
  };
  assert.deepEqual(
    [...chunksOf(series)].map(({ type, minTime, maxTime }) => [type, minTime, maxTime]),
    [
      ['floatHistogram', 0, 1],
      ['floatHistogram', 2, 2],
      ['floatHistogram', 3, 3],
      ['xor', 4, 4],
      ['floatHistogram', 5, 5],
    ],
  );
});
