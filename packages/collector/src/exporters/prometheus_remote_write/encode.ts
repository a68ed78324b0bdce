import { WireType, WireWriter } from '@otelier/otlp';
import type { NativeSide } from '../../prometheus/native.ts';
import type { ExportedExemplar, ExportedMetric, TextAttributes } from '../../prometheus/points.ts';
import type { WriteHistogram, WriteSample, WriteSeries } from './series.ts';

/** The bits of a stale marker: a NaN with a payload, which numbers do not preserve. */
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff0_0000;
/** Maximum number of characters of the labels of an exemplar. */
const MAX_EXEMPLAR_LENGTH = 128;

/** Splits series into runs whose requests have about `maxBytes`. */
export function* splitSeries(series: readonly WriteSeries[], maxBytes: number): Generator<readonly WriteSeries[]> {
  let run: WriteSeries[] = [];
  let size = 0;
  for (const one of series) {
    const own = sizeOf(one);
    if (run.length > 0 && size + own > maxBytes) {
      yield run;
      run = [];
      size = 0;
    }
    run.push(one);
    size += own;
  }
  if (run.length > 0) yield run;
}

function sizeOf({ labels, samples, histograms, exemplars }: WriteSeries): number {
  const texts = labels.reduce((sum, [name, value]) => sum + name.length + value.length + 6, 0);
  const buckets = histograms.reduce((sum, { form }) => sum + 60 + 4 * (form?.positive.counts.length ?? 0), 0);
  return texts + samples.length * 20 + buckets + exemplars.length * 120;
}

/** Encodes a request of remote write 1.0. */
export function encodeV1(series: readonly WriteSeries[], hasMetadata: boolean): Uint8Array {
  const writer = new WireWriter(4096);
  for (const { labels, samples, histograms, exemplars } of series) {
    writer.open(1);
    writeLabels(writer, labels);
    for (const sample of samples) writer.message(2, (to) => writeSample(to, sample, false));
    for (const exemplar of exemplars) {
      writer.open(3);
      writeLabels(writer, exemplarLabels(exemplar));
      writer.doubleField(2, exemplar.value).bigIntField(3, BigInt(exemplar.timeMillis));
      writer.close();
    }
    for (const histogram of histograms) writer.message(4, (to) => writeHistogram(to, histogram, false));
    writer.close();
  }
  if (hasMetadata) writeMetadata(writer, series);
  return writer.finish();
}

function writeLabels(writer: WireWriter, labels: TextAttributes): void {
  for (const [name, value] of labels) writer.message(1, (to) => void to.stringField(1, name).stringField(2, value));
}

function writeMetadata(writer: WireWriter, series: readonly WriteSeries[]): void {
  const families = new Map(series.map(({ family, metric }) => [family, metric]));
  for (const [family, metric] of families) {
    writer.message(3, (to) => {
      to.varintField(1, typeOf(metric))
        .stringField(2, family)
        .stringField(4, metric.description)
        .stringField(5, metric.unit);
    });
  }
}

/** Encodes a request of remote write 2.0, whose texts are in a table. */
export function encodeV2(series: readonly WriteSeries[]): Uint8Array {
  const symbols = new Map([['', 0]]);
  const reference = (text: string): number => {
    let index = symbols.get(text);
    if (index === undefined) {
      index = symbols.size;
      symbols.set(text, index);
    }
    return index;
  };
  const body = new WireWriter(4096);
  const writeReferences = (labels: TextAttributes): void => {
    body.open(1);
    for (const text of labels.flat()) body.varint(reference(text));
    body.close();
  };
  for (const { labels, samples, histograms, exemplars, metric } of series) {
    body.open(5);
    writeReferences(labels);
    for (const sample of samples) body.message(2, (to) => writeSample(to, sample, true));
    for (const histogram of histograms) body.message(3, (to) => writeHistogram(to, histogram, true));
    for (const exemplar of exemplars) {
      body.open(4);
      writeReferences(exemplarLabels(exemplar));
      body.doubleField(2, exemplar.value).bigIntField(3, BigInt(exemplar.timeMillis));
      body.close();
    }
    const [help, unit] = [reference(metric.description), reference(metric.unit)];
    body.message(5, (to) => void to.varintField(1, typeOf(metric)).varintField(3, help).varintField(4, unit));
    body.close();
  }
  const writer = new WireWriter(4096);
  for (const text of symbols.keys()) writer.stringField(4, text);
  writer.raw(body.finish());
  return writer.finish();
}

/** Returns the number of the type of a metric in `MetricMetadata.MetricType`. */
function typeOf({ kind, isMonotonic, originalType }: ExportedMetric): number {
  if (originalType === 'info') return 6;
  switch (kind) {
    case 'sum':
      return isMonotonic ? 1 : 2;
    case 'gauge':
      return originalType === 'unknown' ? 0 : 2;
    case 'summary':
      return 5;
    default:
      return 3;
  }
}

function exemplarLabels({ labels, attributes }: ExportedExemplar): TextAttributes {
  const all = [...labels, ...attributes];
  const length = all.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return length > MAX_EXEMPLAR_LENGTH ? labels : all;
}

function writeStale(writer: WireWriter, field: number): void {
  writer.tag(field, WireType.fixed64);
  writer.fixed64Halves(STALE_LOW, STALE_HIGH);
}

function writeSample(writer: WireWriter, { value, timeMillis, startMillis }: WriteSample, hasStart: boolean): void {
  if (value === undefined) writeStale(writer, 1);
  else writer.doubleField(1, value);
  writer.bigIntField(2, BigInt(timeMillis));
  if (hasStart && startMillis > 0) writer.bigIntField(3, BigInt(startMillis));
}

function writeHistogram(writer: WireWriter, histogram: WriteHistogram, hasStart: boolean): void {
  const { form, timeMillis, startMillis, customValues } = histogram;
  if (form === undefined) {
    writer.varintField(1, 0);
    writeStale(writer, 3);
  } else {
    writer.varintField(1, form.count).doubleField(3, form.sum).sint32Field(4, form.schema);
    writer.doubleField(5, form.zeroThreshold).varintField(6, form.zeroCount);
    writeSide(writer, 8, form.negative);
    writeSide(writer, 11, form.positive);
  }
  writer.bigIntField(15, BigInt(timeMillis));
  if (customValues.length > 0) {
    writer.open(16);
    for (const value of customValues) writer.double(value);
    writer.close();
  }
  if (hasStart && startMillis > 0) writer.bigIntField(17, BigInt(startMillis));
}

/** Writes the runs of buckets into `field`, and the differences of their counts, packed, into the next one. */
function writeSide(writer: WireWriter, field: number, { spans, counts }: NativeSide): void {
  for (const { offset, length } of spans)
    writer.message(field, (to) => void to.sint32Field(1, offset).varintField(2, length));
  if (counts.length === 0) return;
  writer.open(field + 1);
  let before = 0;
  for (const count of counts) {
    const delta = count - before;
    writer.varint(delta >= 0 ? delta * 2 : -delta * 2 - 1);
    before = count;
  }
  writer.close();
}
