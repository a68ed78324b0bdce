import {
  findField,
  type ItemCursor,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  payloadEnd,
  payloadStart,
  readString,
  readVarintBool,
  readVarintLow,
  replaceField,
  WireWriter,
} from '@otelier/otlp';

/** OTLP aggregation temporalities. */
export const TEMPORALITY = { unspecified: 0, delta: 1, cumulative: 2 } as const;

/** An OTLP aggregation temporality. */
export type Temporality = (typeof TEMPORALITY)[keyof typeof TEMPORALITY];

/** Returns the temporality of the metric data at the cursor; 0 for gauges and summaries, which have none. */
export function readTemporality({ bytes, dataStart, dataEnd, dataField }: ItemCursor): number {
  if (dataField === METRIC_FIELDS.gauge || dataField === METRIC_FIELDS.summary) return TEMPORALITY.unspecified;
  const value = findField(bytes, dataStart, dataEnd, METRIC_DATA_FIELDS.aggregationTemporality);
  return value < 0 ? TEMPORALITY.unspecified : readVarintLow(bytes, value);
}

/** Reports whether the metric data at the cursor is a monotonic sum. */
export function readIsMonotonic({ bytes, dataStart, dataEnd, dataField }: ItemCursor): boolean {
  if (dataField !== METRIC_FIELDS.sum) return false;
  const value = findField(bytes, dataStart, dataEnd, METRIC_DATA_FIELDS.isMonotonic);
  return value >= 0 && readVarintBool(bytes, value);
}

/** Returns the name of the metric at the cursor. */
export function readMetricName({ bytes, metricStart, metricEnd }: ItemCursor): string {
  const value = findField(bytes, metricStart, metricEnd, METRIC_FIELDS.name);
  return value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}

/** Records a change to the temporality of the metric data at the cursor, just before the walk leaves it. */
export function recordTemporality({ bytes, dataStart, dataEnd, splices }: ItemCursor, temporality: Temporality): void {
  const { aggregationTemporality: field } = METRIC_DATA_FIELDS;
  const content = writer.varintField(field, temporality).finish();
  replaceField(splices, bytes, dataStart, dataEnd, field, content);
}

/** Computes a result once per metric in a walk, instead of once per data point. */
export class PerMetric<Result> {
  readonly #compute: (cursor: ItemCursor) => Result;
  #bytes: Uint8Array | undefined;
  #dataStart = -1;
  #result: Result | undefined;

  constructor(compute: (cursor: ItemCursor) => Result) {
    this.#compute = compute;
  }

  /** Returns the result for the metric data at the cursor. */
  of(cursor: ItemCursor): Result {
    if (this.#result === undefined || cursor.dataStart !== this.#dataStart || cursor.bytes !== this.#bytes) {
      this.#bytes = cursor.bytes;
      this.#dataStart = cursor.dataStart;
      this.#result = this.#compute(cursor);
    }
    return this.#result;
  }

  /** Releases the last request so that it can be garbage-collected. */
  reset(): void {
    this.#bytes = undefined;
    this.#result = undefined;
  }
}

const writer = new WireWriter(16);
