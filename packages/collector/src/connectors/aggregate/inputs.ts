import {
  DATA_POINT_FIELDS,
  DataPointView,
  type ExponentialBuckets,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  METRIC_FIELDS,
  metricKindOf,
  readDouble,
  readFixed32,
  readSfixed64,
  readVarintLow,
  type Signal,
  SPAN_FIELDS,
} from '@otelier/otlp';
import type { ExponentialHistogramData } from '../../metrics/exponential-histogram.ts';
import { readTemporality, TEMPORALITY } from '../../metrics/metric-data.ts';
import type { ContextName } from '../../ottl/contexts/context.ts';

/** The contribution of an item: a number, or a distribution of several numbers. */
export type InputValue = number | bigint | ExponentialHistogramData;

/** Reads the items of a signal. */
export interface Input {
  /** The configuration section that lists the metrics to compute. */
  readonly section: 'spans' | 'logs' | 'datapoints';
  readonly context: ContextName;
  /** Returns the field number of the item's attributes. */
  attributesField(cursor: ItemCursor): number;
  /** Returns the item's time in milliseconds since the epoch, or 0 if it has none. */
  timeMillis(cursor: ItemCursor): number;
  /** Returns the item's default value, for metrics that do not configure one, or `undefined` if it has none. */
  value(cursor: ItemCursor): InputValue | undefined;
}

/** The inputs, by signal. */
export const INPUTS: Partial<Readonly<Record<Signal, Input>>> = {
  traces: {
    section: 'spans',
    context: 'span',
    attributesField: () => SPAN_FIELDS.attributes,
    timeMillis: (cursor) => timeOf(cursor, SPAN_FIELDS.endTimeUnixNano),
    value({ bytes, start, end }) {
      const from = findField(bytes, start, end, SPAN_FIELDS.startTimeUnixNano);
      const to = findField(bytes, start, end, SPAN_FIELDS.endTimeUnixNano);
      if (from < 0 || to < 0) return undefined;
      const high = readFixed32(bytes, to + 4) - readFixed32(bytes, from + 4);
      const low = readFixed32(bytes, to) - readFixed32(bytes, from);
      return Math.max(0, (high * 0x1_0000_0000 + low) / 1e9);
    },
  },
  logs: {
    section: 'logs',
    context: 'log',
    attributesField: () => LOG_RECORD_FIELDS.attributes,
    timeMillis: (cursor) =>
      timeOf(cursor, LOG_RECORD_FIELDS.timeUnixNano) || timeOf(cursor, LOG_RECORD_FIELDS.observedTimeUnixNano),
    value: () => 1,
  },
  metrics: {
    section: 'datapoints',
    context: 'datapoint',
    attributesField: ({ dataField }) => DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes,
    timeMillis: (cursor) => timeOf(cursor, DATA_POINT_FIELDS.gauge.timeUnixNano),
    value: pointValue,
  },
};

/** Returns the value of a gauge, sum or delta exponential histogram point. */
function pointValue(cursor: ItemCursor): InputValue | undefined {
  const { bytes, start, end, dataField } = cursor;
  switch (dataField) {
    case METRIC_FIELDS.gauge:
    case METRIC_FIELDS.sum: {
      if (hasNoValue(cursor, DATA_POINT_FIELDS.gauge.flags)) return undefined;
      const double = findField(bytes, start, end, DATA_POINT_FIELDS.gauge.asDouble);
      if (double >= 0) return readDouble(bytes, double);
      const integer = findField(bytes, start, end, DATA_POINT_FIELDS.gauge.asInt);
      return integer < 0 ? undefined : readInteger(bytes, integer);
    }
    case METRIC_FIELDS.exponentialHistogram:
      if (hasNoValue(cursor, DATA_POINT_FIELDS.exponentialHistogram.flags)) return undefined;
      if (readTemporality(cursor) !== TEMPORALITY.delta) return undefined;
      return distributionOf(view.ofKind('exponentialHistogram').reset(bytes, start, end));
    default:
      return undefined;
  }
}

const view = new DataPointView();

function hasNoValue({ bytes, start, end }: ItemCursor, field: number): boolean {
  const flags = findField(bytes, start, end, field);
  return flags >= 0 && (readVarintLow(bytes, flags) & 1) === 1;
}

function readInteger(bytes: Uint8Array, offset: number): number | bigint {
  const high = readFixed32(bytes, offset + 4) | 0;
  // Within ±2^52, so that the sum below is exact.
  if (high >= -0x10_0000 && high < 0x10_0000) return high * 0x1_0000_0000 + readFixed32(bytes, offset);
  return readSfixed64(bytes, offset);
}

/** Reads the contents of a histogram or exponential histogram point. Buckets of plain histograms are ignored. */
export function distributionOf(point: DataPointView): ExponentialHistogramData {
  return {
    count: Number(point.count ?? 0n),
    sum: point.sum ?? 0,
    zeroCount: Number(point.zeroCount ?? 0n),
    scale: point.scale ?? 0,
    min: point.min,
    max: point.max,
    positive: countsOf(point.positive),
    negative: countsOf(point.negative),
  };
}

function countsOf(buckets: ExponentialBuckets | undefined): ExponentialHistogramData['positive'] {
  return buckets === undefined
    ? { offset: 0, bucketCounts: [] }
    : { offset: buckets.offset, bucketCounts: buckets.bucketCounts.map(Number) };
}

/**
 * Returns a time in whole milliseconds. Computed with nanoseconds as doubles, items just before a window would fall
 * into it.
 */
function timeOf({ bytes, start, end }: ItemCursor, field: number): number {
  const value = findField(bytes, start, end, field);
  return value < 0 ? 0 : millisOf(readFixed32(bytes, value), readFixed32(bytes, value + 4));
}

/** Converts nanoseconds, given as 32-bit halves, exactly to whole milliseconds. */
export function millisOf(low: number, high: number): number {
  // 2^32 ns are 4,294 ms and 967,296 ns.
  return high * 4294 + Math.floor((high * 967_296 + low) / 1e6);
}
