import {
  type Batch,
  type BatchContext,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  type MetricKind,
  SCHEMA_URL_FIELD,
  SIGNALS,
  WireWriter,
} from '@otelier/otlp';
import { type EncodedAttributes, writeEncodedAttributes } from './encoded-attributes.ts';
import type { Temporality } from './metric-data.ts';
import type {
  ExponentialHistogramPointFields,
  HistogramPointFields,
  NumberPointFields,
  SummaryPointFields,
} from './point-fields.ts';
import {
  writeExponentialHistogramPoint,
  writeHistogramPoint,
  writeNumberPoint,
  writeSummaryPoint,
} from './write-points.ts';

/** A metric without its data points. */
export interface MetricFields {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  /** Attributes of the metric itself. */
  readonly metadata?: EncodedAttributes;
  readonly data: MetricDataFields;
}

/** The metric data without its data points. */
export type MetricDataFields =
  | { readonly kind: 'gauge' | 'summary' }
  | { readonly kind: 'sum'; readonly temporality: Temporality; readonly isMonotonic: boolean }
  | { readonly kind: 'histogram' | 'exponentialHistogram'; readonly temporality: Temporality };

/**
 * Writes a metrics request from the outside in: `resource`, `scope`, `metric`, and then the metric's data points, each
 * with the `…Point` method for its kind. Each call ends the preceding group. `finish` returns the request and resets
 * the writer.
 */
export class MetricsWriter {
  readonly #out = new WireWriter(4096);
  /** Number of open messages: 0 in the request, 1 in a resource, 2 in a scope, 4 in metric data. */
  #depth = 0;
  #itemCount = 0;

  /** Number of data points written since the last `finish`. */
  get itemCount(): number {
    return this.#itemCount;
  }

  /** Approximate number of bytes written since the last `finish`. */
  get length(): number {
    return this.#out.length;
  }

  /** Begins a resource, given the contents of a `Resource`. Encoded attributes are valid contents. */
  resource(resource: Uint8Array, schemaUrl = ''): this {
    this.#closeTo(0);
    this.#open(SIGNALS.metrics.resourceField);
    this.#owner(resource, schemaUrl);
    return this;
  }

  /** Begins a scope within the resource, given the contents of an `InstrumentationScope`. */
  scope(scope: Uint8Array, schemaUrl = ''): this {
    this.#closeTo(1);
    this.#open(SIGNALS.metrics.scopeField);
    this.#owner(scope, schemaUrl);
    return this;
  }

  /** Begins a scope with a name and version. */
  namedScope(name: string, version = ''): this {
    if (name !== '') scopeWriter.stringField(1, name);
    if (version !== '') scopeWriter.stringField(2, version);
    return this.scope(scopeWriter.finish());
  }

  /** Begins a metric within the scope. */
  metric({ name, description = '', unit = '', metadata, data }: MetricFields): this {
    const out = this.#out;
    this.#closeTo(2);
    this.#open(METRICS_FIELD);
    if (name !== '') out.stringField(METRIC_FIELDS.name, name);
    if (description !== '') out.stringField(METRIC_FIELDS.description, description);
    if (unit !== '') out.stringField(METRIC_FIELDS.unit, unit);
    if (metadata !== undefined) writeEncodedAttributes(out, METRIC_FIELDS.metadata, metadata);
    this.#open(METRIC_FIELDS[data.kind]);
    // Written before the points, so that readers can find it without scanning them.
    if ('temporality' in data && data.temporality !== 0)
      out.varintField(METRIC_DATA_FIELDS.aggregationTemporality, data.temporality);
    if (data.kind === 'sum' && data.isMonotonic) out.varintField(METRIC_DATA_FIELDS.isMonotonic, 1);
    return this;
  }

  /**
   * Begins a metric from the encoded fields of another one, excluding its data, and from that data's fields, excluding
   * the points.
   */
  metricLike(metricFields: Uint8Array, kind: MetricKind, dataFields: Uint8Array): this {
    this.#closeTo(2);
    this.#open(METRICS_FIELD);
    this.#out.raw(metricFields);
    this.#open(METRIC_FIELDS[kind]);
    this.#out.raw(dataFields);
    return this;
  }

  /** Adds a complete metric, given the contents of a `Metric` with `pointCount` points. */
  encodedMetric(metric: Uint8Array, pointCount: number): this {
    this.#closeTo(2);
    this.#out.bytesField(METRICS_FIELD, metric);
    this.#itemCount += pointCount;
    return this;
  }

  /** Adds a point to a gauge or sum. */
  numberPoint(point: NumberPointFields): this {
    return this.#point(writeNumberPoint, point);
  }

  /** Adds a point to a histogram. */
  histogramPoint(point: HistogramPointFields): this {
    return this.#point(writeHistogramPoint, point);
  }

  /** Adds a point to an exponential histogram. */
  exponentialHistogramPoint(point: ExponentialHistogramPointFields): this {
    return this.#point(writeExponentialHistogramPoint, point);
  }

  /** Adds a point to a summary. */
  summaryPoint(point: SummaryPointFields): this {
    return this.#point(writeSummaryPoint, point);
  }

  /** Adds an encoded point, `[start, end)` of `bytes`, of the metric's kind. */
  encodedPoint(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.#out.bytesField(METRIC_DATA_FIELDS.dataPoints, bytes, start, end);
    this.#itemCount++;
    return this;
  }

  /** Returns the request, or `undefined` if it has no points, and resets the writer. */
  finish(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly itemCount: number } | undefined {
    this.#closeTo(0);
    const itemCount = this.#itemCount;
    this.#itemCount = 0;
    const bytes = this.#out.finish();
    return itemCount === 0 ? undefined : { bytes, itemCount };
  }

  /** Like `finish`, but returns a batch. */
  finishBatch(context: BatchContext): Batch | undefined {
    const written = this.finish();
    if (written === undefined) return undefined;
    const { bytes, itemCount } = written;
    return { signal: 'metrics', parts: [bytes], itemCount, sizeBytes: bytes.length, context };
  }

  #point<Point>(write: (writer: WireWriter, point: Point) => void, point: Point): this {
    const out = this.#out;
    out.open(METRIC_DATA_FIELDS.dataPoints);
    write(out, point);
    out.close();
    this.#itemCount++;
    return this;
  }

  #owner(owner: Uint8Array, schemaUrl: string): void {
    this.#out.bytesField(OWNER_FIELD, owner);
    if (schemaUrl !== '') this.#out.stringField(SCHEMA_URL_FIELD, schemaUrl);
  }

  #open(field: number): void {
    this.#out.open(field);
    this.#depth++;
  }

  #closeTo(depth: number): void {
    if (this.#depth < depth) throw new Error('expected a resource before its scopes, and a scope before its metrics');
    for (; this.#depth > depth; this.#depth--) this.#out.close();
  }
}

const scopeWriter = new WireWriter(64);
/** The field of a resource or scope group that contains its resource or scope. */
const OWNER_FIELD = 1;
/** The field of a scope group that contains its metrics. */
const METRICS_FIELD: number = SIGNALS.metrics.itemField;
