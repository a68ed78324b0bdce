import { WireWriter } from '@otelier/otlp';
import { type NativeSide, nativeForm } from '../../prometheus/native.ts';
import type { ExportedExemplar, PointData } from '../../prometheus/points.ts';
import { cumulativeBuckets } from './buckets.ts';
import type { FamilySeries, ServedFamily } from './families.ts';

/** Numbers of the types in `io.prometheus.client.MetricType`. */
const TYPES = { counter: 0, gauge: 1, summary: 2, untyped: 3, histogram: 4 } as const;
/** Fields of a metric with the value of each type. */
const VALUES = { gauge: 2, counter: 3, summary: 4, untyped: 5, histogram: 7 } as const;

/** Encodes families as delimited `io.prometheus.client.MetricFamily` messages, the only format with native histograms. */
export function encodeProtobuf(families: readonly ServedFamily[], sendTimestamps: boolean): Uint8Array {
  const page = new WireWriter(4096);
  const writer = new WireWriter(4096);
  for (const family of families) {
    writeFamily(writer, family, sendTimestamps);
    const bytes = writer.finish();
    page.varint(bytes.length);
    page.raw(bytes);
  }
  return page.finish();
}

function writeFamily(writer: WireWriter, { name, help, type, series }: ServedFamily, sendTimestamps: boolean): void {
  writer.stringField(1, name).stringField(2, help).varintField(3, TYPES[type]);
  for (const one of series) {
    writer.open(4);
    for (const [label, value] of one.labels)
      writer.message(1, (to) => void to.stringField(1, label).stringField(2, value));
    writer.open(VALUES[type]);
    writeValue(writer, type, one);
    writer.close();
    if (sendTimestamps && one.point !== undefined) writer.bigIntField(6, one.point.timeUnixNano / 1_000_000n);
    writer.close();
  }
}

function writeValue(writer: WireWriter, type: ServedFamily['type'], { point }: FamilySeries): void {
  const data: PointData = point?.data ?? { kind: 'number', value: 1 };
  const start = point?.startTimeUnixNano ?? 0n;
  switch (data.kind) {
    case 'number':
      writer.doubleField(1, data.value);
      if (type !== 'counter') return;
      for (const exemplar of (point?.exemplars ?? []).slice(0, 1)) writeExemplar(writer, 2, exemplar);
      writeTimestamp(writer, 3, start);
      return;
    case 'summary':
      writer.varintField(1, data.count).doubleField(2, data.sum);
      for (const { quantile, value } of data.quantiles)
        writer.message(3, (to) => void to.doubleField(1, quantile).doubleField(2, value));
      writeTimestamp(writer, 4, start);
      return;
    case 'histogram':
      writer.varintField(1, data.count).doubleField(2, data.sum ?? 0);
      writeBuckets(writer, data, point?.exemplars ?? []);
      writeTimestamp(writer, 15, start);
      return;
    case 'exponential':
      writer.varintField(1, data.count).doubleField(2, data.sum ?? 0);
      writeNative(writer, data);
      writeTimestamp(writer, 15, start);
      for (const exemplar of point?.exemplars ?? []) writeExemplar(writer, 16, exemplar);
  }
}

function writeBuckets(
  writer: WireWriter,
  data: Extract<PointData, { kind: 'histogram' }>,
  exemplars: readonly ExportedExemplar[],
): void {
  for (const { bound, count, exemplar } of cumulativeBuckets(data, exemplars)) {
    writer.open(3);
    writer.varintField(1, count).doubleField(2, bound);
    if (exemplar !== undefined) writeExemplar(writer, 3, exemplar);
    writer.close();
  }
}

function writeNative(writer: WireWriter, data: Extract<PointData, { kind: 'exponential' }>): void {
  const native = nativeForm(data);
  if (native === undefined) return;
  writer.sint32Field(5, native.schema).doubleField(6, native.zeroThreshold).varintField(7, native.zeroCount);
  writeSide(writer, 9, native.negative);
  writeSide(writer, 12, native.positive);
  // A histogram without buckets has an empty run, so that it is not taken for a classic one.
  if (native.positive.spans.length === 0 && native.negative.spans.length === 0) writer.message(12, () => {});
}

/** Writes the runs of buckets into `field`, and the differences of their counts into the next one. */
function writeSide(writer: WireWriter, field: number, { spans, counts }: NativeSide): void {
  for (const { offset, length } of spans)
    writer.message(field, (to) => void to.sint32Field(1, offset).varintField(2, length));
  let before = 0;
  for (const count of counts) {
    const delta = count - before;
    writer.varintField(field + 1, delta >= 0 ? delta * 2 : -delta * 2 - 1);
    before = count;
  }
}

function writeExemplar(writer: WireWriter, field: number, { labels, value, timeMillis }: ExportedExemplar): void {
  writer.open(field);
  for (const [name, text] of labels) writer.message(1, (to) => void to.stringField(1, name).stringField(2, text));
  writer.doubleField(2, value);
  writeTimestamp(writer, 3, BigInt(timeMillis) * 1_000_000n);
  writer.close();
}

function writeTimestamp(writer: WireWriter, field: number, nanos: bigint): void {
  if (nanos <= 0n) return;
  writer.message(field, (to) => {
    to.bigIntField(1, nanos / 1_000_000_000n).varintField(2, Number(nanos % 1_000_000_000n));
  });
}
