import type { WireWriter } from '@otelier/otlp';
import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import type { Labels } from '../../promql/labels/labels.ts';
import { SAMPLE, type SampleSeries } from '../../promql/source.ts';
import { type BucketSpan, spansOf } from './spans.ts';

/** Writes labels as field 1 of an open message. */
export function writeLabels(out: WireWriter, labels: Labels): void {
  for (const [name, value] of labels.entries()) {
    out.open(1);
    out.stringField(1, name).stringField(2, value);
    out.close();
  }
}

/** Writes a series with its samples and histograms to an open message. */
export function writeSeries(out: WireWriter, series: SampleSeries): void {
  const { labels, times, values, kinds, histograms } = series;
  writeLabels(out, labels);
  for (let index = 0; index < times.length; index++) {
    const kind = kinds?.[index] ?? SAMPLE.float;
    if (kind === SAMPLE.histogram) continue;
    out.open(2);
    if (kind === SAMPLE.stale) out.fixed64Field(1, STALE_BITS);
    else out.doubleField(1, values[index]);
    out.bigIntField(2, BigInt(times[index]));
    out.close();
  }
  for (const [index, histogram] of histograms?.entries() ?? []) {
    if (histogram !== undefined && kinds?.[index] === SAMPLE.histogram) writeHistogram(out, histogram, times[index]);
  }
}

const STALE_BITS = 0x7ff0_0000_0000_0002n;
const RESET_HINTS = { unknown: 0, reset: 1, not_reset: 2, gauge: 3 } as const;

function writeHistogram(out: WireWriter, histogram: FloatHistogram, time: number): void {
  const { positive, negative } = histogram;
  out.open(4);
  out.doubleField(2, histogram.count).doubleField(3, histogram.sum);
  out.sint32Field(4, histogram.schema).doubleField(5, histogram.zeroThreshold).doubleField(7, histogram.zeroCount);
  for (const span of spansOf(negative)) writeSpan(out, 8, span);
  writeDoubles(out, 10, negative.counts);
  for (const span of spansOf(positive)) writeSpan(out, 11, span);
  writeDoubles(out, 13, positive.counts);
  out.varintField(14, RESET_HINTS[histogram.hint]).bigIntField(15, BigInt(time));
  writeDoubles(out, 16, histogram.customValues);
  out.close();
}

function writeSpan(out: WireWriter, field: number, { offset, length }: BucketSpan): void {
  out.open(field);
  out.sint32Field(1, offset).varintField(2, length);
  out.close();
}

function writeDoubles(out: WireWriter, field: number, values: readonly number[]): void {
  if (values.length === 0) return;
  out.open(field);
  for (const value of values) out.double(value);
  out.close();
}
