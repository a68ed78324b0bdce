import { CanonicalKey } from '../../component/state/canonical-key.ts';
import type { EncodedAttributes } from '../../metrics/encoded-attributes.ts';
import type { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { MetricDefinition } from './config.ts';
import type { Point, PointKind } from './points.ts';

/** A metric without its data points. Metrics with equal keys are merged. */
export interface MetricOfItems {
  readonly key: string;
  readonly definition: MetricDefinition;
  readonly kind: PointKind;
}

/** Returns a metric whose key consists of its name, kind, unit and description. */
export function metricOfItems(definition: MetricDefinition, kind: PointKind): MetricOfItems {
  const { name, unit, description } = definition;
  return { key: JSON.stringify([name, kind.data.kind, unit, description]), definition, kind };
}

interface AggregatedMetric {
  readonly metric: MetricOfItems;
  readonly points: Map<string, { readonly attributes: EncodedAttributes; readonly point: Point }>;
}

/** The data points derived from a batch, by resource, metric and attributes. */
export class Aggregation {
  readonly #resources = new Map<string, { attributes: EncodedAttributes; metrics: Map<string, AggregatedMetric> }>();
  #last: EncodedAttributes | undefined;
  #lastMetrics = new Map<string, AggregatedMetric>();

  /** Returns the data point for a resource, a metric and attributes. */
  pointOf(resource: EncodedAttributes, metric: MetricOfItems, attributes: EncodedAttributes): Point {
    const metrics = this.#metricsOf(resource);
    let aggregated = metrics.get(metric.key);
    if (aggregated === undefined) {
      aggregated = { metric, points: new Map() };
      metrics.set(metric.key, aggregated);
    }
    const id = identityOf(attributes);
    let entry = aggregated.points.get(id);
    if (entry === undefined) {
      entry = { attributes, point: aggregated.metric.kind.createPoint() };
      aggregated.points.set(id, entry);
    }
    return entry.point;
  }

  /** Writes all metrics and clears them. */
  write(writer: MetricsWriter, timeUnixNano: bigint): void {
    for (const { attributes: resource, metrics } of this.#resources.values()) {
      writer.resource(resource).namedScope(SCOPE_NAME);
      for (const { metric, points } of metrics.values()) {
        const { name, unit, description } = metric.definition;
        writer.metric({ name, unit, description, data: metric.kind.data });
        for (const { attributes, point } of points.values()) point.write(writer, attributes, timeUnixNano);
      }
    }
    this.clear();
  }

  clear(): void {
    this.#resources.clear();
    this.#last = undefined;
  }

  #metricsOf(resource: EncodedAttributes): Map<string, AggregatedMetric> {
    if (resource === this.#last) return this.#lastMetrics;
    const id = identityOf(resource);
    let entry = this.#resources.get(id);
    if (entry === undefined) {
      entry = { attributes: resource, metrics: new Map() };
      this.#resources.set(id, entry);
    }
    this.#last = resource;
    this.#lastMetrics = entry.metrics;
    return entry.metrics;
  }
}

function identityOf(attributes: EncodedAttributes): string {
  return attributes.length === 0 ? '' : canonical.attributes(attributes, 0, attributes.length, 1).finish();
}

const canonical = new CanonicalKey();
const SCOPE_NAME = 'github.com/open-telemetry/opentelemetry-collector-contrib/connector/signaltometricsconnector';
