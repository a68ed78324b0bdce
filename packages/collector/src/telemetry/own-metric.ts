/** A metric of the process about itself, in the form that all exporters of it share. */
export interface OwnMetric {
  /** Name of the instrument, without the suffixes that a format adds. */
  readonly name: string;
  /** UCUM unit, such as `By` or `{span}`. */
  readonly unit: string;
  readonly description: string;
  /** `counter` is monotonic and cumulative since the start of the process. */
  readonly kind: 'counter' | 'gauge';
  readonly points: readonly OwnPoint[];
}

/** A data point of an own metric. */
export interface OwnPoint {
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The metrics of the process, and the resource that they describe. */
export interface OwnMetrics {
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: { readonly name: string; readonly version: string };
  /** Start of the process, in milliseconds since the epoch. */
  readonly startMillis: number;
  readonly nowMillis: number;
  readonly metrics: readonly OwnMetric[];
}

/** Creates a counter. */
export function counter(name: string, unit: string, description: string, points: readonly OwnPoint[]): OwnMetric {
  return { name, unit, description, kind: 'counter', points };
}

/** Creates a gauge. */
export function gauge(name: string, unit: string, description: string, points: readonly OwnPoint[]): OwnMetric {
  return { name, unit, description, kind: 'gauge', points };
}

/** Returns the points of a metric that has only one. */
export function single(value: number): readonly OwnPoint[] {
  return [{ attributes: {}, value }];
}
