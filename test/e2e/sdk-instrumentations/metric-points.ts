import { itemsOf } from '../items.ts';

/** A data point, reduced to what is the same in every run: the number of durations, but not their sum. */
export interface MetricPoint {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly attributes: string;
  readonly count: string;
  readonly boundaries: readonly number[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Returns the histogram points in OTLP/JSON requests, sorted. Port numbers are removed, because they vary. */
export function metricPoints(requests: readonly unknown[]): readonly MetricPoint[] {
  return itemsOf(requests)
    .flatMap(({ metric, item }) => (metric === undefined ? [] : [pointOf(metric as Fields, item as Fields)]))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function pointOf({ name, unit, description }: Fields, { attributes, count, explicitBounds }: Fields): MetricPoint {
  const listed = ((attributes ?? []) as readonly { readonly key: string; readonly value: object }[]).map(
    ({ key, value }) => `${key}=${key.endsWith('.port') ? 'PORT' : JSON.stringify(value)}`,
  );
  return {
    name: String(name),
    unit: String(unit),
    description: String(description),
    attributes: listed.toSorted().join(),
    count: String(count),
    boundaries: explicitBounds as readonly number[],
  };
}
