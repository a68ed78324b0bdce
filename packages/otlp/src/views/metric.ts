import { findField, payloadEnd, payloadStart } from '../wire/find.ts';
import { readVarintBool, readVarintLow } from '../wire/reader.ts';
import { AttributesView } from './attributes.ts';
import { MessageView } from './message-view.ts';
import { ResourceView } from './resource.ts';
import { ScopeView } from './scope.ts';

/** Field numbers of `Metric`. */
export const METRIC_FIELDS = {
  name: 1,
  description: 2,
  unit: 3,
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
  metadata: 12,
} as const;

/** Field numbers of the messages that contain a metric's points. */
export const METRIC_DATA_FIELDS = { dataPoints: 1, aggregationTemporality: 2, isMonotonic: 3 } as const;

/** One of the five metric kinds. */
export type MetricKind = (typeof METRIC_KINDS)[number];

/** The metric kinds, in the order of their fields. */
export const METRIC_KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

/** Returns the metric kind for the number of a `Metric` data field. */
export function metricKindOf(dataField: number): MetricKind | undefined {
  return METRIC_KINDS.find((kind) => METRIC_FIELDS[kind] === dataField);
}

/** A view of an encoded metric: its name, unit and kind. Its points have their own views. */
export class MetricView extends MessageView {
  /** Metadata of the metric itself. */
  readonly metadata: AttributesView = new AttributesView(this, METRIC_FIELDS.metadata);
  /** The entity that produced the metric. Read-only, because it is shared by other metrics of the same resource. */
  readonly resource: ResourceView = new ResourceView();
  /** The instrumentation that produced the metric. Read-only. */
  readonly scope: ScopeView = new ScopeView();

  get name(): string {
    return this.text(METRIC_FIELDS.name);
  }

  set name(name: string) {
    this.setText(METRIC_FIELDS.name, name);
  }

  get description(): string {
    return this.text(METRIC_FIELDS.description);
  }

  set description(description: string) {
    this.setText(METRIC_FIELDS.description, description);
  }

  get unit(): string {
    return this.text(METRIC_FIELDS.unit);
  }

  set unit(unit: string) {
    this.setText(METRIC_FIELDS.unit, unit);
  }

  /** Kind of the metric; `undefined` if it has no data. */
  get kind(): MetricKind | undefined {
    return METRIC_KINDS.find((kind) => this.find(METRIC_FIELDS[kind]) >= 0);
  }

  /** Aggregation temporality: 1 delta, 2 cumulative, 0 for kinds without one. */
  get aggregationTemporality(): number {
    const { kind } = this;
    if (kind === undefined || kind === 'gauge' || kind === 'summary') return 0;
    const value = this.#findInData(kind, METRIC_DATA_FIELDS.aggregationTemporality);
    return value < 0 ? 0 : readVarintLow(this.bytes, value);
  }

  /** Whether the metric is a monotonic sum. */
  get isMonotonic(): boolean {
    const value = this.#findInData('sum', METRIC_DATA_FIELDS.isMonotonic);
    return value >= 0 && readVarintBool(this.bytes, value);
  }

  #findInData(kind: MetricKind, field: number): number {
    const data = this.find(METRIC_FIELDS[kind]);
    if (data < 0) return -1;
    return findField(this.bytes, payloadStart(this.bytes, data), payloadEnd(this.bytes, data), field);
  }
}
