import { DATA_POINT_FIELDS, EXEMPLAR_FIELDS, type MetricKind, WireType, WireWriter } from '@otelier/otlp';
import { type EncodedAttributes, writeEncodedAttributes } from './encoded-attributes.ts';
import type {
  ExponentialHistogramPointFields,
  HistogramPointFields,
  NumberBuckets,
  NumberPointFields,
  PointFields,
  SummaryPointFields,
} from './point-fields.ts';

/** Writes the contents of a `NumberDataPoint`, the data point of gauges and sums. */
export function writeNumberPoint(writer: WireWriter, point: NumberPointFields): void {
  const fields = DATA_POINT_FIELDS.gauge;
  writeCommon(writer, 'gauge', point);
  const { value } = point;
  if (typeof value === 'bigint') writer.fixed64Field(fields.asInt, value);
  else if (value !== undefined) writer.doubleField(fields.asDouble, value);
}

/** Writes the contents of a `HistogramDataPoint`. */
export function writeHistogramPoint(writer: WireWriter, point: HistogramPointFields): void {
  const fields = DATA_POINT_FIELDS.histogram;
  writeCommon(writer, 'histogram', point);
  writeFixed64(writer, fields.count, point.count);
  writeOptionalDouble(writer, fields.sum, point.sum);
  if (point.bucketCounts.length > 0) {
    writer.open(fields.bucketCounts);
    for (let i = 0; i < point.bucketCounts.length; i++) putFixed64(writer, point.bucketCounts[i] ?? 0);
    writer.close();
  }
  if (point.explicitBounds.length > 0) {
    writer.open(fields.explicitBounds);
    for (let i = 0; i < point.explicitBounds.length; i++) writer.double(point.explicitBounds[i] ?? 0);
    writer.close();
  }
  writeOptionalDouble(writer, fields.min, point.min);
  writeOptionalDouble(writer, fields.max, point.max);
}

/** Writes the contents of an `ExponentialHistogramDataPoint`. */
export function writeExponentialHistogramPoint(writer: WireWriter, point: ExponentialHistogramPointFields): void {
  const fields = DATA_POINT_FIELDS.exponentialHistogram;
  writeCommon(writer, 'exponentialHistogram', point);
  writeFixed64(writer, fields.count, point.count);
  writeOptionalDouble(writer, fields.sum, point.sum);
  if (point.scale !== 0) writer.sint32Field(fields.scale, point.scale);
  writeFixed64(writer, fields.zeroCount, point.zeroCount);
  writeBuckets(writer, fields.positive, point.positive);
  writeBuckets(writer, fields.negative, point.negative);
  writeOptionalDouble(writer, fields.min, point.min);
  writeOptionalDouble(writer, fields.max, point.max);
  if (point.zeroThreshold !== undefined && point.zeroThreshold !== 0)
    writer.doubleField(fields.zeroThreshold, point.zeroThreshold);
}

/** Writes the contents of a `SummaryDataPoint`. */
export function writeSummaryPoint(writer: WireWriter, point: SummaryPointFields): void {
  const fields = DATA_POINT_FIELDS.summary;
  writeCommon(writer, 'summary', point);
  writeFixed64(writer, fields.count, point.count);
  if (point.sum !== 0) writer.doubleField(fields.sum, point.sum);
  for (const { quantile, value } of point.quantileValues) {
    writer.open(fields.quantileValues);
    if (quantile !== 0) writer.doubleField(1, quantile);
    if (value !== 0) writer.doubleField(2, value);
    writer.close();
  }
}

/** A measurement that contributed to a data point. */
export interface ExemplarFields {
  readonly timeUnixNano: bigint;
  /** A `bigint` is an integer, a `number` a double. */
  readonly value: number | bigint;
  /** Trace and span IDs as bytes; empty if there is no trace. */
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  /** Attributes that were removed from the point. */
  readonly filteredAttributes?: EncodedAttributes;
}

/** Encodes the contents of an `Exemplar`. */
export function encodeExemplar(exemplar: ExemplarFields): Uint8Array {
  const { timeUnixNano, value, traceId, spanId, filteredAttributes } = exemplar;
  if (timeUnixNano !== 0n) shared.fixed64Field(EXEMPLAR_FIELDS.timeUnixNano, timeUnixNano);
  if (typeof value === 'bigint') shared.fixed64Field(EXEMPLAR_FIELDS.asInt, value);
  else shared.doubleField(EXEMPLAR_FIELDS.asDouble, value);
  if (spanId !== undefined && spanId.length > 0) shared.bytesField(EXEMPLAR_FIELDS.spanId, spanId);
  if (traceId !== undefined && traceId.length > 0) shared.bytesField(EXEMPLAR_FIELDS.traceId, traceId);
  if (filteredAttributes !== undefined)
    writeEncodedAttributes(shared, EXEMPLAR_FIELDS.filteredAttributes, filteredAttributes);
  return shared.finish();
}

const shared = new WireWriter(128);

/** Writes attributes, times, flags and exemplars. Unknown times and zero flags are omitted, as in canonical requests. */
function writeCommon(writer: WireWriter, kind: MetricKind, point: PointFields): void {
  const fields: Readonly<Record<string, number>> = DATA_POINT_FIELDS[kind];
  const { attributes, startTimeUnixNano = 0n, timeUnixNano = 0n, flags = 0, exemplars } = point;
  if (attributes !== undefined) writeEncodedAttributes(writer, DATA_POINT_FIELDS[kind].attributes, attributes);
  if (startTimeUnixNano !== 0n) writer.fixed64Field(DATA_POINT_FIELDS[kind].startTimeUnixNano, startTimeUnixNano);
  if (timeUnixNano !== 0n) writer.fixed64Field(DATA_POINT_FIELDS[kind].timeUnixNano, timeUnixNano);
  if (flags !== 0) writer.varintField(DATA_POINT_FIELDS[kind].flags, flags);
  const exemplarField = fields['exemplars'];
  if (exemplars === undefined || exemplarField === undefined) return;
  for (const exemplar of exemplars) writer.bytesField(exemplarField, exemplar);
}

function writeFixed64(writer: WireWriter, field: number, value: number | bigint): void {
  if (Number(value) === 0) return;
  writer.tag(field, WireType.fixed64);
  putFixed64(writer, value);
}

function putFixed64(writer: WireWriter, value: number | bigint): void {
  if (typeof value === 'bigint') writer.fixed64BigInt(value);
  else writer.fixed64Halves(value >>> 0, Math.floor(value / 0x1_0000_0000));
}

function writeOptionalDouble(writer: WireWriter, field: number, value: number | undefined): void {
  if (value !== undefined) writer.doubleField(field, value);
}

function writeBuckets(
  writer: WireWriter,
  field: number,
  buckets: { readonly offset: number; readonly bucketCounts: ArrayLike<number | bigint> } | NumberBuckets | undefined,
): void {
  if (buckets === undefined) return;
  const { offset, bucketCounts } = buckets;
  writer.open(field);
  if (offset !== 0) writer.sint32Field(1, offset);
  if (bucketCounts.length > 0) {
    writer.open(2);
    for (let i = 0; i < bucketCounts.length; i++) {
      const count = bucketCounts[i] ?? 0;
      if (typeof count === 'bigint') writer.varintBigInt(count);
      else writer.varint(count);
    }
    writer.close();
  }
  writer.close();
}
