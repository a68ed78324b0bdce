import type { EncodedAttributes } from '../../metrics/encoded-attributes.ts';
import { ExponentialHistogram } from '../../metrics/exponential-histogram.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import type { MetricDataFields, MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { Getter } from '../../ottl/contexts/access.ts';
import type { Subject } from '../../ottl/record/subject.ts';
import { EvaluationError, typeName, type Value } from '../../ottl/values/value.ts';

/** A data point that accumulates items. */
export interface Point {
  add(value: number | bigint, count: number): void;
  write(writer: MetricsWriter, attributes: EncodedAttributes, timeUnixNano: bigint): void;
}

/** The contribution of an item to its data point. */
export interface Measurement {
  readonly value: number | bigint;
  readonly count: number;
}

/** Defines how metric values are computed from items. */
export interface PointKind {
  readonly data: MetricDataFields;
  /** Returns an item's contribution, or `undefined` if it has none. Throws an `EvaluationError`. */
  measure(subject: Subject): Measurement | undefined;
  createPoint(): Point;
}

/** Returns the point kind for a sum. Its points are integers if their first value is an integer. */
export function sumKind(value: Getter, isMonotonic: boolean): PointKind {
  return {
    data: { kind: 'sum', temporality: TEMPORALITY.delta, isMonotonic },
    measure: (subject) => ({ value: numberOf(value(subject)), count: 1 }),
    createPoint() {
      let sum: number | bigint | undefined;
      return {
        add(added) {
          if (sum === undefined) sum = added;
          else if (typeof sum === 'bigint' && typeof added === 'bigint') sum = BigInt.asIntN(64, sum + added);
          else sum = Number(sum) + Number(added);
        },
        write: (writer, attributes, timeUnixNano) => writer.numberPoint({ attributes, timeUnixNano, value: sum }),
      };
    },
  };
}

/**
 * Returns the point kind for a gauge, which keeps the last value. Items without a value, or without the key of a map,
 * are ignored.
 */
export function gaugeKind(value: Getter): PointKind {
  return {
    data: { kind: 'gauge' },
    measure(subject) {
      let result: Value;
      try {
        result = value(subject);
      } catch (error) {
        if (error instanceof EvaluationError && /^expected the key ".*" in the map$/s.test(error.message))
          return undefined;
        throw error;
      }
      return result === undefined ? undefined : { value: numberOf(result), count: 1 };
    },
    createPoint() {
      let last: number | bigint | undefined;
      return {
        add(added) {
          last = added;
        },
        write: (writer, attributes, timeUnixNano) => writer.numberPoint({ attributes, timeUnixNano, value: last }),
      };
    },
  };
}

/** Returns the point kind for a histogram. */
export function histogramKind(value: Getter, count: Getter | undefined, bounds: readonly number[]): PointKind {
  return {
    data: { kind: 'histogram', temporality: TEMPORALITY.delta },
    measure: (subject) => measureCounted(value, count, subject),
    createPoint() {
      const bucketCounts = new Float64Array(bounds.length + 1);
      let sum = 0;
      let total = 0;
      return {
        add(added, times) {
          sum += Number(added) * times;
          total += times;
          bucketCounts[bucketOf(bounds, Number(added))] += times;
        },
        write: (writer, attributes, timeUnixNano) =>
          writer.histogramPoint({ attributes, timeUnixNano, count: total, sum, bucketCounts, explicitBounds: bounds }),
      };
    },
  };
}

/** Returns the point kind for an exponential histogram. */
export function exponentialHistogramKind(value: Getter, count: Getter | undefined, maxSize: number): PointKind {
  return {
    data: { kind: 'exponentialHistogram', temporality: TEMPORALITY.delta },
    measure: (subject) => measureCounted(value, count, subject),
    createPoint() {
      const histogram = new ExponentialHistogram(maxSize);
      return {
        add: (added, times) => histogram.record(Number(added), times),
        write(writer, attributes, timeUnixNano) {
          const { count: total, sum, min, max, scale, zeroCount, positive, negative } = histogram;
          writer.exponentialHistogramPoint({
            attributes,
            timeUnixNano,
            count: total,
            sum,
            min,
            max,
            scale,
            zeroCount,
            positive,
            negative,
          });
        },
      };
    },
  };
}

function measureCounted(value: Getter, count: Getter | undefined, subject: Subject): Measurement | undefined {
  const measured = Number(numberOf(value(subject)));
  if (count === undefined) return { value: measured, count: 1 };
  const times = Math.trunc(Number(numberOf(count(subject))));
  if (times < 0 || Number.isNaN(times)) throw new EvaluationError(`expected a count of at least 0, got ${times}`);
  return times === 0 ? undefined : { value: measured, count: times };
}

function numberOf(value: Value): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  throw new EvaluationError(`expected an integer or a double, got ${typeName(value)}`);
}

/**
 * Returns the first bucket whose bound is not less than the value, using Go's binary search, which also defines the
 * result for unsorted bounds.
 */
function bucketOf(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] ?? 0) >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}
