import type { TemporalityName, TestLog, TestMetric, TestNumberPoint, TestSpan, TestValue } from './telemetry.ts';

/** Returns a span with a name and other fields. */
export function span(name: string, fields: Omit<TestSpan, 'name'> = {}): TestSpan {
  return { name, ...fields };
}

/** Returns a log record with a body and other fields. */
export function log(body: TestValue, fields: Omit<TestLog, 'body'> = {}): TestLog {
  return { body, ...fields };
}

/** Returns a gauge with data points, or with one value. */
export function gauge(
  name: string,
  points: number | readonly TestNumberPoint[],
  fields: Omit<TestMetric, 'name' | 'gauge'> = {},
): TestMetric {
  return { name, gauge: { dataPoints: pointsOf(points) }, ...fields };
}

/** Returns a monotonic sum with data points, or with one value. Default temporality: cumulative. */
export function sum(
  name: string,
  points: number | readonly TestNumberPoint[],
  {
    aggregationTemporality = 'AGGREGATION_TEMPORALITY_CUMULATIVE',
    isMonotonic = true,
    ...fields
  }: Omit<TestMetric, 'name' | 'sum'> & {
    readonly aggregationTemporality?: TemporalityName;
    readonly isMonotonic?: boolean;
  } = {},
): TestMetric {
  return { name, sum: { dataPoints: pointsOf(points), aggregationTemporality, isMonotonic }, ...fields };
}

/** Returns the trace ID with a number: 32 hexadecimal digits. */
export function traceId(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** Returns the span ID with a number: 16 hexadecimal digits. */
export function spanId(number: number): string {
  return number.toString(16).padStart(16, '0');
}

function pointsOf(points: number | readonly TestNumberPoint[]): readonly TestNumberPoint[] {
  if (typeof points !== 'number') return points;
  return [Number.isSafeInteger(points) ? { asInt: points } : { asDouble: points }];
}
