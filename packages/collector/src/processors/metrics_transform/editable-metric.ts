import {
  findField,
  forEachPayload,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  type MetricKind,
  MetricView,
  payloadEnd,
  payloadStart,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { EditablePoint } from '../../ottl/points/editable-point.ts';

/**
 * A metric whose name, points and attributes can be edited. Points are decoded when they are first read, and re-encoded
 * only if they have changed.
 */
export class EditableMetric {
  readonly kind: MetricKind | undefined;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #name: string;
  #isRenamed = false;
  #points: EditablePoint[] | undefined;
  /** Whether the metadata is kept. */
  #hasMetadata = true;

  /** The metric is `[start, end)` of `bytes`, which are not modified. */
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    const view = shared.reset(bytes, start, end);
    this.kind = view.kind;
    this.#name = view.name;
  }

  get name(): string {
    return this.#name;
  }

  set name(name: string) {
    this.#name = name;
    this.#isRenamed = true;
  }

  /** Whether the metric is unmodified. */
  get isUnchanged(): boolean {
    return this.#points === undefined && !this.#isRenamed;
  }

  get unit(): string {
    return shared.reset(this.#bytes, this.#start, this.#end).unit;
  }

  get points(): readonly EditablePoint[] {
    if (this.#points !== undefined) return this.#points;
    const points: EditablePoint[] = [];
    const { kind } = this;
    if (kind !== undefined)
      this.#forEachInData(kind, (start, end) => points.push(new EditablePoint(kind, this.#bytes, start, end)));
    this.#points = points;
    return points;
  }

  /** All attribute keys of the points, as a string for comparison. */
  get attributeKeys(): string {
    return JSON.stringify([...new Set(this.points.flatMap((point) => point.keys()))].sort());
  }

  /** Whether the points have delta temporality. */
  get isDelta(): boolean {
    return shared.reset(this.#bytes, this.#start, this.#end).aggregationTemporality === TEMPORALITY.delta;
  }

  /** The temporality and monotonicity, as a string for comparison. */
  get dataKey(): string {
    const { aggregationTemporality, isMonotonic } = shared.reset(this.#bytes, this.#start, this.#end);
    return `${aggregationTemporality} ${isMonotonic}`;
  }

  /** Replaces the points. Metadata is lost, as in the Collector, where this creates a new metric. */
  replacePoints(points: readonly EditablePoint[]): void {
    this.#points = [...points];
    this.#hasMetadata = false;
  }

  /** Deletes points and returns the number of deleted points. */
  filterPoints(isKept: (point: EditablePoint) => boolean): number {
    const kept = this.points.filter(isKept);
    const deleted = this.points.length - kept.length;
    this.#points = kept;
    return deleted;
  }

  /** Returns a metric with the same name, description, unit and data type, but without points and metadata. */
  withoutPoints(): EditableMetric {
    const copy = new EditableMetric(this.#bytes, this.#start, this.#end);
    copy.name = this.#name;
    copy.replacePoints([]);
    return copy;
  }

  /** Returns an independent copy. */
  copy(): EditableMetric {
    const encoded = this.encode();
    return new EditableMetric(encoded);
  }

  /** Returns the encoded contents of the `Metric`. */
  encode(): Uint8Array {
    const { kind } = this;
    const reader = new TrustedReader(this.#bytes, this.#start, this.#end);
    if (this.#name !== '') writer.stringField(METRIC_FIELDS.name, this.#name);
    while (reader.next()) {
      const { field } = reader;
      if (field === METRIC_FIELDS.name || (kind !== undefined && field === METRIC_FIELDS[kind])) continue;
      if (field === METRIC_FIELDS.metadata && !this.#hasMetadata) continue;
      writer.raw(this.#bytes, reader.start, reader.end);
    }
    if (kind !== undefined) {
      const points = this.points.map((point) => point.encode());
      writer.open(METRIC_FIELDS[kind]);
      this.#copyDataFields(kind);
      for (const point of points) writer.bytesField(METRIC_DATA_FIELDS.dataPoints, point);
      writer.close();
    }
    return writer.finish();
  }

  #copyDataFields(kind: MetricKind): void {
    const data = findField(this.#bytes, this.#start, this.#end, METRIC_FIELDS[kind]);
    const reader = new TrustedReader(this.#bytes, payloadStart(this.#bytes, data), payloadEnd(this.#bytes, data));
    while (reader.next())
      if (reader.field !== METRIC_DATA_FIELDS.dataPoints) writer.raw(this.#bytes, reader.start, reader.end);
  }

  #forEachInData(kind: MetricKind, visit: (start: number, end: number) => void): void {
    const data = findField(this.#bytes, this.#start, this.#end, METRIC_FIELDS[kind]);
    const start = payloadStart(this.#bytes, data);
    forEachPayload(this.#bytes, start, payloadEnd(this.#bytes, data), METRIC_DATA_FIELDS.dataPoints, visit);
  }
}

const shared = new MetricView();
const writer = new WireWriter();
