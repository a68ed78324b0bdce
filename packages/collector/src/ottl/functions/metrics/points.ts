import {
  DATA_POINT_FIELDS,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  metricKindOf,
  readDouble,
  readFixed64,
  readVarintLow,
  WireWriter,
} from '@otelier/otlp';
import { TEMPORALITY } from '../../../metrics/metric-data.ts';
import { writeNumberPoint } from '../../../metrics/write-points.ts';
import { bytesField, join, stringField, varintField } from '../../record/encode.ts';
import { MessageRecord } from '../../record/message-record.ts';
import type { Subject } from '../../record/subject.ts';
import { encodeMap } from '../../values/codec.ts';
import { EvaluationError, type ValueMap } from '../../values/value.ts';

/** The metric data field that contains the data points. */
export const POINTS = METRIC_DATA_FIELDS.dataPoints;

/** OTLP aggregation temporalities. */
export const TEMPORALITIES: Readonly<Record<string, bigint>> = {
  delta: BigInt(TEMPORALITY.delta),
  cumulative: BigInt(TEMPORALITY.cumulative),
};

/** Returns the temporality with the given name; throws if there is none. */
export function temporalityOf(name: string): bigint {
  const temporality = Object.hasOwn(TEMPORALITIES, name) ? TEMPORALITIES[name] : undefined;
  if (temporality === undefined)
    throw new EvaluationError(`expected the temporality "delta" or "cumulative", got "${name}"`);
  return temporality;
}

/** Calls `visit` with each of the metric's data points. The record is reused. */
export function forEachPoint(
  subject: Subject,
  visit: (point: MessageRecord, fields: Readonly<Record<string, number>>) => void,
): void {
  const kind = metricKindOf(subject.dataField);
  if (kind === undefined) return;
  const point = new MessageRecord();
  subject.data.forEach(POINTS, (bytes, start, end) => visit(point.reset(bytes, start, end), DATA_POINT_FIELDS[kind]));
}

/** Replaces the metric's points with the edited ones. */
export function editPoints(
  subject: Subject,
  edit: (point: MessageRecord, fields: Readonly<Record<string, number>>) => void,
): void {
  const parts: Uint8Array[] = [];
  forEachPoint(subject, (point, fields) => {
    edit(point, fields);
    parts.push(bytesField(POINTS, point.isChanged ? point.apply() : point.bytes.subarray(point.start, point.end)));
  });
  subject.data.putAll(POINTS, join(parts));
}

/** The parts of a number data point. */
export interface NumberPoint {
  readonly source: MessageRecord;
  readonly fields: Readonly<Record<string, number>>;
  readonly value: number | bigint;
  /** Attributes that replace those of the source. */
  readonly attributes?: ValueMap;
}

/** Encodes a number data point with the times and attributes of another point. */
export function encodeNumberPoint({ source, fields, value, attributes }: NumberPoint): Uint8Array {
  writer.open(POINTS);
  writeNumberPoint(writer, {
    startTimeUnixNano: readPointInteger(source, fields['startTimeUnixNano']),
    timeUnixNano: readPointInteger(source, fields['timeUnixNano']),
    value,
  });
  writer.raw(
    encodeMap(attributes ?? source.attributes.all(fields['attributes'] ?? 0), DATA_POINT_FIELDS.gauge.attributes),
  );
  writer.close();
  return writer.finish();
}

const writer = new WireWriter(256);

/** A metric to add: its name, and its data as the payload of a `Metric` field. */
export interface NewMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly dataField: number;
  readonly data: Uint8Array;
}

/** Encodes a metric. */
export function encodeMetric({ name, description, unit, dataField, data }: NewMetric): Uint8Array {
  return join([
    stringField(METRIC_FIELDS.name, name),
    ...(description === '' ? [] : [stringField(METRIC_FIELDS.description, description)]),
    ...(unit === '' ? [] : [stringField(METRIC_FIELDS.unit, unit)]),
    bytesField(dataField, data),
  ]);
}

/** Encodes the payload of a `Sum`. */
export function encodeSum(points: readonly Uint8Array[], temporality: bigint, isMonotonic: boolean): Uint8Array {
  return join([
    ...points,
    ...(temporality === 0n ? [] : [varintField(METRIC_DATA_FIELDS.aggregationTemporality, temporality)]),
    ...(isMonotonic ? [varintField(METRIC_DATA_FIELDS.isMonotonic, 1n)] : []),
  ]);
}

/** Returns the temporality of the metric data; cumulative for summaries, which have none. */
export function temporalityOfData(subject: Subject): bigint {
  if (subject.dataField === METRIC_FIELDS.summary) return TEMPORALITIES['cumulative'] ?? 0n;
  const at = subject.data.find(METRIC_DATA_FIELDS.aggregationTemporality);
  return at < 0 ? 0n : BigInt(readVarintLow(subject.data.source, at));
}

/** Reads a double field of a point; `undefined` if it is missing. */
export function readPointDouble(point: MessageRecord, field: number | undefined): number | undefined {
  if (field === undefined) return undefined;
  const at = point.find(field);
  return at < 0 ? undefined : readDouble(point.source, at);
}

/** Reads a `fixed64` field of a point as an int64; 0 if it is missing. */
export function readPointInteger(point: MessageRecord, field: number | undefined): bigint {
  if (field === undefined) return 0n;
  const at = point.find(field);
  return at < 0 ? 0n : BigInt.asIntN(64, readFixed64(point.source, at));
}
