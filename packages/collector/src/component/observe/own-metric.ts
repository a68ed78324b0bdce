/** A metric of the process about itself, in the form that all exporters of it share. */
export type OwnMetric = NumberMetric | HistogramMetric;

/** What a metric measures. */
interface Instrument {
  /** Name of the instrument, without the suffixes that a format adds. */
  readonly name: string;
  /** UCUM unit, such as `By` or `{span}`. */
  readonly unit: string;
  readonly description: string;
}

/** A metric whose points have one value. */
export interface NumberMetric extends Instrument {
  /** `counter` is monotonic and cumulative since the start of the process. */
  readonly kind: 'counter' | 'gauge';
  readonly points: readonly OwnPoint[];
}

/** A metric with the distribution of values since the start of the process. */
export interface HistogramMetric extends Instrument {
  readonly kind: 'histogram';
  /** Upper bounds of the buckets, which include them. The last bucket has none. */
  readonly bounds: readonly number[];
  readonly points: readonly HistogramPoint[];
}

/** Attributes of a point. */
export type OwnAttributes = Readonly<Record<string, string | number>>;

/** A data point of a counter or gauge. */
export interface OwnPoint {
  readonly attributes: OwnAttributes;
  readonly value: number;
}

/** A data point of a histogram. */
export interface HistogramPoint {
  readonly attributes: OwnAttributes;
  /** Number of values in each bucket: one more than bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** The metrics of the process, and the resource that they describe. */
export interface OwnMetrics {
  readonly resource: OwnAttributes;
  readonly scope: { readonly name: string; readonly version: string };
  /** Start of the process, in milliseconds since the epoch. */
  readonly startMillis: number;
  readonly nowMillis: number;
  readonly metrics: readonly OwnMetric[];
}

/** Creates a counter. */
export function counter(name: string, unit: string, description: string, points: readonly OwnPoint[]): NumberMetric {
  return { name, unit, description, kind: 'counter', points };
}

/** Creates a gauge. */
export function gauge(name: string, unit: string, description: string, points: readonly OwnPoint[]): NumberMetric {
  return { name, unit, description, kind: 'gauge', points };
}

/** Returns the points of a metric that has only one. */
export function single(value: number): readonly OwnPoint[] {
  return [{ attributes: {}, value }];
}

/** Joins the points with equal attributes, in order of first occurrence. */
export function joinPoints<P extends { readonly attributes: OwnAttributes }>(
  points: readonly P[],
  join: (before: P, point: P) => P,
): P[] {
  const byAttributes = new Map<string, P>();
  for (const point of points) {
    const key = JSON.stringify(point.attributes);
    const before = byAttributes.get(key);
    byAttributes.set(key, before === undefined ? point : join(before, point));
  }
  return [...byAttributes.values()];
}

/** Sums two points. */
export function addPoints(a: OwnPoint, b: OwnPoint): OwnPoint {
  return { ...a, value: a.value + b.value };
}

/** Sums two points of a histogram. */
export function addHistograms(a: HistogramPoint, b: HistogramPoint): HistogramPoint {
  return { ...a, counts: a.counts.map((count, index) => count + (b.counts[index] ?? 0)), sum: a.sum + b.sum };
}
