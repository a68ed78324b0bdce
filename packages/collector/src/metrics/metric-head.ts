import {
  type ItemCursor,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  type MetricKind,
  metricKindOf,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';

/** A metric without its data points, as encoded fields, for `MetricsWriter.metricLike`. */
export interface MetricHead {
  /** Name, description and unit. */
  readonly metricFields: Uint8Array;
  readonly kind: MetricKind;
  /** Temporality and monotonicity. */
  readonly dataFields: Uint8Array;
  readonly sizeBytes: number;
}

/** Copies the metric at the cursor without its data points and metadata. */
export function copyMetricHead({
  bytes,
  metricStart,
  metricEnd,
  dataStart,
  dataEnd,
  dataField,
}: ItemCursor): MetricHead {
  const metricFields = copyFields(bytes, metricStart, metricEnd, HEAD_FIELDS);
  const dataFields = copyFields(bytes, dataStart, dataEnd, DATA_FIELDS);
  const sizeBytes = metricFields.length + dataFields.length;
  return { metricFields, kind: metricKindOf(dataField) ?? 'gauge', dataFields, sizeBytes };
}

const HEAD_FIELDS: readonly number[] = [METRIC_FIELDS.name, METRIC_FIELDS.description, METRIC_FIELDS.unit];
const DATA_FIELDS: readonly number[] = [METRIC_DATA_FIELDS.aggregationTemporality, METRIC_DATA_FIELDS.isMonotonic];

function copyFields(bytes: Uint8Array, start: number, end: number, fields: readonly number[]): Uint8Array {
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) if (fields.includes(reader.field)) writer.raw(bytes, reader.start, reader.end);
  return writer.finish();
}

const writer = new WireWriter(128);
