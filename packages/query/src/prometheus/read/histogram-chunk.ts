import { type FloatHistogram, isCustom } from '../../promql/histogram/float-histogram.ts';
import { BitWriter } from './bit-writer.ts';
import type { Chunk } from './chunk.ts';
import { fits, writeIn } from './float-chunk.ts';
import { type BucketSpan, spansOf } from './spans.ts';
import { XorSequence } from './xor.ts';

/** A histogram with its time. */
export interface TimedHistogram {
  readonly time: number;
  readonly histogram: FloatHistogram;
}

/** Reports whether a histogram can follow another in a chunk: with the same buckets, none of which has been reset. */
export function continuesChunk({ histogram: a }: TimedHistogram, { histogram: b }: TimedHistogram): boolean {
  if (a.schema !== b.schema || a.zeroThreshold !== b.zeroThreshold || b.hint === 'reset') return false;
  if ((a.hint === 'gauge') !== (b.hint === 'gauge')) return false;
  if (!isSame(a.customValues, b.customValues)) return false;
  if (!isSame(a.positive.indexes, b.positive.indexes) || !isSame(a.negative.indexes, b.negative.indexes)) return false;
  if (a.hint === 'gauge') return true;
  return a.count <= b.count && a.zeroCount <= b.zeroCount && countsOf(a).every((count, at) => count <= countsOf(b)[at]);
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function countsOf({ positive, negative }: FloatHistogram): readonly number[] {
  return [...positive.counts, ...negative.counts];
}

/** What a chunk says about the counter before it. */
const RESET_FLAGS = { unknown: 0, not_reset: 0b0100_0000, reset: 0b1000_0000, gauge: 0b1100_0000 } as const;

/** Encodes histograms with the same buckets as a chunk of float histograms. */
export function histogramChunk(all: readonly [TimedHistogram, ...TimedHistogram[]]): Chunk {
  const [first] = all;
  const out = new BitWriter(3);
  writeLayout(out, first.histogram);
  const sequences = fieldsOf(first.histogram).map(() => new XorSequence());
  let [time, delta] = [first.time, 0];
  for (const [index, next] of all.entries()) {
    const fields = fieldsOf(next.histogram);
    if (index === 0) {
      writeVarbit(out, time);
      for (const [at, field] of fields.entries()) sequences[at]?.first(out, field);
      continue;
    }
    writeVarbit(out, next.time - time - delta);
    delta = next.time - time;
    time = next.time;
    for (const [at, field] of fields.entries()) sequences[at]?.next(out, field);
  }
  const data = out.finish([all.length >> 8, all.length & 255, RESET_FLAGS[first.histogram.hint]]);
  return { type: 'floatHistogram', minTime: first.time, maxTime: time, data };
}

/** The numbers of a histogram in the order in which a chunk has them. */
function fieldsOf(histogram: FloatHistogram): readonly number[] {
  return [histogram.count, histogram.zeroCount, histogram.sum, ...countsOf(histogram)];
}

function writeLayout(out: BitWriter, histogram: FloatHistogram): void {
  const { schema, zeroThreshold, positive, negative, customValues } = histogram;
  writeZeroThreshold(out, zeroThreshold);
  writeVarbit(out, schema);
  writeSpans(out, spansOf(positive));
  writeSpans(out, spansOf(negative));
  if (!isCustom(histogram)) return;
  writeUnsignedVarbit(out, customValues.length);
  for (const bound of customValues) writeBound(out, bound);
}

/** Writes a threshold: a power of two in one byte, others after a byte of 255. */
function writeZeroThreshold(out: BitWriter, threshold: number): void {
  const exponent = Math.round(Math.log2(threshold)) + 1;
  if (threshold === 0) out.bits(0, 8);
  else if (2 ** (exponent - 1) === threshold && exponent >= -242 && exponent <= 11) out.bits(exponent + 243, 8);
  else {
    out.bits(255, 8);
    new XorSequence().first(out, threshold);
  }
}

function writeSpans(out: BitWriter, spans: readonly BucketSpan[]): void {
  writeUnsignedVarbit(out, spans.length);
  for (const { offset, length } of spans) {
    writeUnsignedVarbit(out, length);
    writeVarbit(out, offset);
  }
}

/** Writes a bound: as a number of thousandths if it is one. */
function writeBound(out: BitWriter, bound: number): void {
  const thousandths = Math.round(bound * 1000);
  if (bound >= 0 && thousandths <= 33_554_430 && thousandths / 1000 === bound) {
    writeUnsignedVarbit(out, thousandths + 1);
  } else {
    out.bits(0, 1);
    new XorSequence().first(out, bound);
  }
}

const SIZES = [3, 6, 9, 12, 18, 25, 56] as const;

function writeVarbit(out: BitWriter, value: number): void {
  const place = SIZES.findIndex((bits) => fits(value, bits));
  if (value === 0) out.bits(0, 1);
  else if (place < 0) writeIn(out, 0xff, 8, value, 64);
  else writeIn(out, prefixOf(place), place + 2, value, SIZES[place] ?? 64);
}

function writeUnsignedVarbit(out: BitWriter, value: number): void {
  const place = SIZES.findIndex((bits) => value < 2 ** bits);
  if (value === 0) out.bits(0, 1);
  else writeIn(out, prefixOf(place), place + 2, value, SIZES[place] ?? 64);
}

/** Ones for the sizes up to this one, and a zero. */
function prefixOf(place: number): number {
  return (2 << (place + 1)) - 2;
}
