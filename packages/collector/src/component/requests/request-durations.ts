import type { RequestDuration } from '@otelier/query';
import type { ObserveRequest, RequestAttributes, RequestMetric } from '@otelier/transport';
import { FixedHistogram } from '../batching/size-histogram.ts';

/** Upper bounds of the buckets, in seconds: those of the Collector, so that its dashboards work. */
export const SECOND_BOUNDS: readonly number[] = [
  ...[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
];

/** Attributes of the requests that exceed the limit, as in the OpenTelemetry SDKs. */
const OVERFLOW: RequestAttributes = { 'otel.metric.overflow': 'true' };

/** Clients choose the `Host` header, which is an attribute. */
const MAX_SERIES = 200;

interface Series {
  readonly metric: RequestMetric;
  readonly attributes: RequestAttributes;
  readonly histogram: FixedHistogram;
}

/** Counts the requests of a component by their duration and attributes. */
export class RequestDurations {
  readonly #series = new Map<string, Series>();

  readonly observe: ObserveRequest = (metric, attributes, millis) => {
    const series = this.#find(metric, attributes) ?? this.#find(metric, OVERFLOW, Number.POSITIVE_INFINITY);
    series?.histogram.record(millis / 1000);
  };

  durations(): readonly RequestDuration[] {
    return [...this.#series.values()].map(({ metric, attributes, histogram }) => ({
      metric,
      attributes,
      ...histogram.counts(),
    }));
  }

  #find(metric: RequestMetric, attributes: RequestAttributes, limit = MAX_SERIES): Series | undefined {
    const key = `${metric} ${JSON.stringify(attributes)}`;
    const known = this.#series.get(key);
    if (known !== undefined || this.#series.size >= limit) return known;
    const series = { metric, attributes, histogram: new FixedHistogram(SECOND_BOUNDS) };
    this.#series.set(key, series);
    return series;
  }
}
