import { SAMPLE, type SampleSeries } from '../../promql/source.ts';
import { BitWriter, halvesOf } from './bit-writer.ts';
import type { Chunk } from './chunk.ts';
import { XorSequence } from './xor.ts';

/** Encodes the floats and stale markers of a series in `[from, to)` as an XOR chunk. */
export function floatChunk({ times, values, kinds }: SampleSeries, from: number, to: number): Chunk {
  const out = new BitWriter(2);
  const sequence = new XorSequence();
  let delta = 0;
  for (let index = from; index < to; index++) {
    const isStale = kinds?.[index] === SAMPLE.stale;
    const time = times[index];
    if (index === from) {
      out.varint(time < 0 ? -2 * time - 1 : 2 * time);
      sequence.first(out, values[index], isStale);
      continue;
    }
    const before = delta;
    delta = time - times[index - 1];
    if (index === from + 1) out.varint(delta);
    else writeChange(out, delta - before);
    sequence.next(out, values[index], isStale);
  }
  const data = out.finish([(to - from) >> 8, (to - from) & 255]);
  return { type: 'xor', minTime: times[from], maxTime: times[to - 1], data };
}

/** Writes by how much the time between samples changes. */
function writeChange(out: BitWriter, change: number): void {
  if (change === 0) out.bits(0, 1);
  else if (fits(change, 14)) writeIn(out, 0b10, 2, change, 14);
  else if (fits(change, 17)) writeIn(out, 0b110, 3, change, 17);
  else if (fits(change, 20)) writeIn(out, 0b1110, 4, change, 20);
  else writeIn(out, 0b1111, 4, change, 64);
}

/** Reports whether a signed number has at most the given number of bits, in the sense of Prometheus' encodings. */
export function fits(value: number, bits: number): boolean {
  return value >= 1 - 2 ** (bits - 1) && value <= 2 ** (bits - 1);
}

/** Writes a prefix, and a signed number with the given number of bits. */
export function writeIn(out: BitWriter, prefix: number, prefixBits: number, value: number, bits: number): void {
  out.bits(prefix, prefixBits);
  const [high, low] = halvesOf(value);
  out.bits64(high, low, bits);
}
