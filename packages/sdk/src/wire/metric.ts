import { TagWriter, varintSize } from '@otelier/otlp';
import type { Instant } from '../time.ts';
import { writeHexId } from '../trace/ids.ts';
import { type AttributeData, writeAttributes } from './attributes.ts';
import { writeDouble, writeFixed64 } from './numbers.ts';
import {
  DATA_IS_MONOTONIC,
  DATA_POINTS,
  DATA_TEMPORALITY,
  EXEMPLAR_ATTRIBUTES,
  EXEMPLAR_DOUBLE,
  EXEMPLAR_INT,
  EXEMPLAR_SPAN_ID,
  EXEMPLAR_TIME,
  EXEMPLAR_TRACE_ID,
  EXPONENTIAL_ATTRIBUTES,
  HISTOGRAM_ATTRIBUTES,
  ITEM,
  METRIC_DESCRIPTION,
  METRIC_EXPONENTIAL_HISTOGRAM,
  METRIC_GAUGE,
  METRIC_HISTOGRAM,
  METRIC_NAME,
  METRIC_SUM,
  METRIC_UNIT,
  NUMBER_ATTRIBUTES,
  NUMBER_DOUBLE,
  NUMBER_EXEMPLARS,
  NUMBER_INT,
  POINT_START_TIME,
  POINT_TIME,
} from './tags.ts';

/** The kind of a metric and its properties. */
export type MetricShape =
  | { readonly kind: 'gauge' }
  | { readonly kind: 'sum'; readonly isDelta: boolean; readonly isMonotonic: boolean }
  | { readonly kind: 'histogram' | 'exponential_histogram'; readonly isDelta: boolean };

/** The fields that all data points have. */
export interface PointData {
  /** The attributes, encoded with the tag for this kind of point. */
  readonly attributes: Uint8Array;
  /** Start of the interval. Omitted if `undefined`. */
  readonly start: Instant | undefined;
  readonly end: Instant;
  readonly exemplars: readonly Exemplar[];
  /** Whether values are written as integers. Histograms always use doubles. */
  readonly isInteger: boolean;
}

/** A sampled measurement of a point. */
export interface Exemplar {
  readonly value: number;
  readonly time: Instant;
  /** The span in which the measurement was made, with hexadecimal IDs. */
  readonly span: { readonly traceId: string; readonly spanId: string } | undefined;
  /** Attributes of the measurement that the point does not have. */
  readonly attributes: AttributeData | undefined;
}

/** A data point of a sum or gauge. */
export interface NumberPointData extends PointData {
  readonly value: number;
}

/** Encodes the fields of a metric that precede its points. */
export function encodeMetricHead(name: string, description: string, unit: string): Uint8Array {
  const writer = new TagWriter(64);
  writer.text(METRIC_NAME, name);
  if (description) writer.text(METRIC_DESCRIPTION, description);
  if (unit) writer.text(METRIC_UNIT, unit);
  return writer.finish();
}

/** Encodes attributes as fields of a data point, for points with constant attributes. */
export function encodeAttributes(tag: number, attributes: AttributeData): Uint8Array {
  const writer = new TagWriter(64);
  writeAttributes(writer, tag, attributes);
  return writer.finish();
}

/** Writes a metric as an item of its scope. An accurate size hint avoids moving bytes. */
export function writeMetric(
  writer: TagWriter,
  head: Uint8Array,
  shape: MetricShape,
  sizeHintBytes: number,
  writePoints: () => void,
): void {
  const lengthBytes = varintSize(sizeHintBytes);
  const metric = writer.open(ITEM, lengthBytes);
  writer.raw(head);
  const data = writer.open(DATA_TAGS[shape.kind], lengthBytes);
  writePoints();
  if (shape.kind !== 'gauge') writer.uint(DATA_TEMPORALITY, shape.isDelta ? DELTA : CUMULATIVE);
  if (shape.kind === 'sum' && shape.isMonotonic) writer.uint(DATA_IS_MONOTONIC, 1);
  writer.close(data, lengthBytes);
  writer.close(metric, lengthBytes);
}

/** Writes a data point of a sum or gauge. */
export function writeNumberPoint(writer: TagWriter, point: NumberPointData): void {
  const lengthBytes = varintSize(point.attributes.length + 27);
  const open = writer.open(DATA_POINTS, lengthBytes);
  writeTimes(writer, point);
  writeNumber(writer, point.isInteger ? NUMBER_INT : NUMBER_DOUBLE, point.value, point.isInteger);
  writer.raw(point.attributes);
  writeExemplars(writer, NUMBER_EXEMPLARS, point);
  writer.close(open, lengthBytes);
}

/** Writes the start and end time of a data point. */
export function writeTimes(writer: TagWriter, { start, end }: PointData): void {
  if (start !== undefined) writer.time(POINT_START_TIME, start);
  writer.time(POINT_TIME, end);
}

/** Writes the exemplars of a data point. */
export function writeExemplars(writer: TagWriter, tag: number, { exemplars, isInteger }: PointData): void {
  for (const { value, time, span, attributes } of exemplars) {
    const open = writer.open(tag);
    if (attributes !== undefined) writeAttributes(writer, EXEMPLAR_ATTRIBUTES, attributes);
    writer.time(EXEMPLAR_TIME, time);
    writeNumber(writer, isInteger ? EXEMPLAR_INT : EXEMPLAR_DOUBLE, value, isInteger);
    if (span !== undefined) {
      writeHexId(writer, EXEMPLAR_SPAN_ID, span.spanId, 8);
      writeHexId(writer, EXEMPLAR_TRACE_ID, span.traceId, 16);
    }
    writer.close(open);
  }
}

/** Writes a 64-bit integer field. */
export function writeFixed64Field(writer: TagWriter, tag: number, value: number): void {
  writer.varint(tag);
  writeFixed64(writer, value);
}

/** Writes a double field. */
export function writeDoubleField(writer: TagWriter, tag: number, value: number): void {
  writer.varint(tag);
  writeDouble(writer, value);
}

function writeNumber(writer: TagWriter, tag: number, value: number, isInteger: boolean): void {
  if (isInteger) writeFixed64Field(writer, tag, Math.trunc(value));
  else writeDoubleField(writer, tag, value);
}

const DATA_TAGS = {
  gauge: METRIC_GAUGE,
  sum: METRIC_SUM,
  histogram: METRIC_HISTOGRAM,
  exponential_histogram: METRIC_EXPONENTIAL_HISTOGRAM,
} as const;

/** The tag of the attributes field for each kind of point. */
export const ATTRIBUTE_TAGS: Readonly<Record<MetricShape['kind'], number>> = {
  gauge: NUMBER_ATTRIBUTES,
  sum: NUMBER_ATTRIBUTES,
  histogram: HISTOGRAM_ATTRIBUTES,
  exponential_histogram: EXPONENTIAL_ATTRIBUTES,
};

// AggregationTemporality
const DELTA = 1;
const CUMULATIVE = 2;
