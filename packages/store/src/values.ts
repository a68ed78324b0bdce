/** A tenant's telemetry of a time range. */
export interface RangeQuery {
  readonly tenant: string;
  readonly start: bigint;
  readonly end: bigint;
}

/** Where a signal's telemetry is in relation to a range of times. */
export interface NearestData {
  /** Whether the range has items. */
  readonly inRange: boolean;
  /** Time of the last item before the range. */
  readonly before: bigint | undefined;
  /** Time of the first item after the range. */
  readonly after: bigint | undefined;
}

/** Attribute values as plain data: 64-bit integers beyond 2^53 as `bigint`, and bytes as base64 in `{ bytes }`. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };
export type Attributes = Readonly<Record<string, AttributeValue>>;

export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary';
