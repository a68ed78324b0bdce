import {
  findField,
  type ItemCursor,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  readVarintBool,
  readVarintLow,
} from '@otelier/otlp';

/** Aggregation temporalities of OTLP. */
export const TEMPORALITY = { unspecified: 0, delta: 1, cumulative: 2 } as const;

/** An aggregation temporality of OTLP. */
export type Temporality = (typeof TEMPORALITY)[keyof typeof TEMPORALITY];

/** Returns the temporality of the metric data at the cursor: 0 for gauges and summaries, which have none. */
export function readTemporality({ bytes, dataStart, dataEnd, dataField }: ItemCursor): number {
  if (dataField === METRIC_FIELDS.gauge || dataField === METRIC_FIELDS.summary) return TEMPORALITY.unspecified;
  const value = findField(bytes, dataStart, dataEnd, METRIC_DATA_FIELDS.aggregationTemporality);
  return value < 0 ? TEMPORALITY.unspecified : readVarintLow(bytes, value);
}

/** Returns whether the metric data at the cursor is a sum that never decreases. */
export function readIsMonotonic({ bytes, dataStart, dataEnd, dataField }: ItemCursor): boolean {
  if (dataField !== METRIC_FIELDS.sum) return false;
  const value = findField(bytes, dataStart, dataEnd, METRIC_DATA_FIELDS.isMonotonic);
  return value >= 0 && readVarintBool(bytes, value);
}
