import type { DataPointView, MetricView } from '@otelier/otlp';
import { DEPRECATED_METRICS } from '../deprecated-names.generated.ts';
import { type SelfCount, SelfMetrics } from './self-metrics.ts';

/** Values of `AggregationTemporality`. */
const TEMPORALITY = ['unspecified', 'delta', 'cumulative'] as const;
/** Maximum number of metrics of a sender whose identity is kept. */
const MAX_METRICS = 500;
/** Maximum number of streams of each kind that are kept. */
const MAX_STREAMS = 16;
/** Maximum length of a name that is kept. */
const MAX_NAME = 120;

/** Checks the streams of metrics: their identity, temporality and points. */
export class MetricCheck {
  /** Metrics that are sent in two ways, with both. */
  readonly conflicts = new Set<string>();
  /** Metrics with several points for the same attributes. */
  readonly duplicates = new Set<string>();
  /** Metrics without temporality, or non-monotonic sums with delta temporality. */
  readonly temporality = new Set<string>();
  /** Deprecated names of metrics. */
  readonly deprecated = new Map<string, number>();
  readonly self = new SelfMetrics();
  readonly #identities = new Map<string, string>();
  /** The attributes of the points of each metric of the current request. */
  readonly #points = new Map<string, Set<string>>();

  /** Begins with another request. */
  begin(): void {
    this.#points.clear();
  }

  add(point: DataPointView, metric: MetricView, receivedOf: (signal: SelfCount['signal']) => number): void {
    const name = metric.name.slice(0, MAX_NAME);
    const { kind = 'gauge' } = metric;
    const { name: scope } = metric.scope;
    const temporality = TEMPORALITY[metric.aggregationTemporality] ?? 'unspecified';
    const isSum = kind === 'sum';
    const hasTemporality = isSum || kind === 'histogram' || kind === 'exponentialHistogram';
    if (Object.hasOwn(DEPRECATED_METRICS, name)) count(this.deprecated, name);
    if (hasTemporality && temporality === 'unspecified') note(this.temporality, `${name} has no temporality`);
    if (isSum && !metric.isMonotonic && temporality === 'delta')
      note(this.temporality, `${name} is an up-down counter with delta temporality`);
    const identity = [kind, ...(hasTemporality ? [temporality] : []), metric.unit].filter(Boolean).join(', ');
    const stream = `${scope}\u0000${name}`;
    const known = this.#identities.get(stream);
    if (known === undefined) {
      if (this.#identities.size < MAX_METRICS) this.#identities.set(stream, identity);
    } else if (known !== identity) {
      note(this.conflicts, `${name} (${[known, identity].sort().join('; ')})`);
    }
    const attributes = point.attributes.toObject();
    this.#duplicate(stream, name, attributes);
    if (name.startsWith('otel.sdk.') && temporality === 'cumulative')
      this.self.add(name, attributes, { value: Number(point.value), startMillis: millisOf(point) }, receivedOf);
  }

  #duplicate(stream: string, name: string, attributes: Readonly<Record<string, unknown>>): void {
    let points = this.#points.get(stream);
    if (points === undefined) {
      points = new Set();
      this.#points.set(stream, points);
    }
    const key = JSON.stringify(
      Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)),
      (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
    );
    if (points.has(key)) note(this.duplicates, name);
    points.add(key);
  }
}

function millisOf({ startTimeUnixNano }: DataPointView): number {
  return Number(startTimeUnixNano / 1_000_000n);
}

function note(streams: Set<string>, stream: string): void {
  if (streams.size < MAX_STREAMS) streams.add(stream);
}

function count(names: Map<string, number>, name: string): void {
  names.set(name, (names.get(name) ?? 0) + 1);
}
