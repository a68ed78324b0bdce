import type { BucketsJson, DataPointJson, ExemplarJson, MetricJson } from '../otlp-json.ts';
import { type HostileRandom, hostileName } from './names.ts';
import { attributes, double, id, int32, int64, pick, time, uint32, uint64 } from './values.ts';

/** Generates a metric of any kind with `points` data points. */
export function hostileMetric(random: HostileRandom, aroundNanos: bigint, points: number): MetricJson {
  const name = hostileName(random);
  const make = KINDS[random(KINDS.length)] ?? gauge;
  return {
    name,
    description: random(2) === 0 ? hostileName(random) : '',
    unit: random(2) === 0 ? hostileName(random) : '1',
    ...make(random, aroundNanos, points),
  };
}

type MakeData = (random: HostileRandom, aroundNanos: bigint, points: number) => Omit<MetricJson, 'name'>;

const gauge: MakeData = (random, around, points) => ({
  gauge: { dataPoints: list(points, () => ({ ...point(random, around), ...number(random) })) },
});

const sum: MakeData = (random, around, points) => ({
  sum: {
    dataPoints: list(points, () => ({ ...point(random, around), ...number(random) })),
    aggregationTemporality: temporality(random),
    isMonotonic: random(2) === 0,
  },
});

const histogram: MakeData = (random, around, points) => ({
  histogram: {
    dataPoints: list(points, () => ({ ...point(random, around), ...observed(random), ...explicitBuckets(random) })),
    aggregationTemporality: temporality(random),
  },
});

const exponentialHistogram: MakeData = (random, around, points) => ({
  exponentialHistogram: {
    dataPoints: list(points, () => ({
      ...point(random, around),
      ...observed(random),
      scale: pick(random, [0, 20, -10, 1, int32(random)]),
      zeroCount: uint64(random),
      zeroThreshold: double(random),
      ...(random(4) === 0 ? {} : { positive: exponentialBuckets(random) }),
      ...(random(2) === 0 ? {} : { negative: exponentialBuckets(random) }),
    })),
    aggregationTemporality: temporality(random),
  },
});

const summary: MakeData = (random, around, points) => ({
  summary: {
    dataPoints: list(points, () => {
      const { count, sum: total } = observed(random);
      const quantileValues = list(random(4), () => ({ quantile: double(random), value: double(random) }));
      // In the proto, summaries have neither `exemplars` nor an optional sum.
      const { exemplars: _, ...rest } = point(random, around);
      return { ...rest, count, ...(total === undefined ? {} : { sum: total }), quantileValues };
    }),
  },
});

/** A metric without data is legal and has no points. */
const KINDS: readonly MakeData[] = [
  ...[gauge, gauge, sum, sum, histogram, histogram, exponentialHistogram, exponentialHistogram, summary, () => ({})],
];

function point(random: HostileRandom, aroundNanos: bigint): DataPointJson {
  return {
    startTimeUnixNano: random(3) === 0 ? '0' : time(random, aroundNanos),
    timeUnixNano: time(random, aroundNanos),
    attributes: attributes(random, random(5)),
    exemplars: list(random(4) === 0 ? random(4) : 0, () => exemplar(random, aroundNanos)),
    flags: random(6) === 0 ? uint32(random) : 0,
  };
}

function number(random: HostileRandom): DataPointJson {
  return pick(random, [{ asDouble: double(random) }, { asInt: int64(random) }, {}]);
}

function exemplar(random: HostileRandom, aroundNanos: bigint): ExemplarJson {
  return {
    timeUnixNano: time(random, aroundNanos),
    ...number(random),
    traceId: id(random, 16),
    spanId: id(random, 8),
    filteredAttributes: attributes(random, random(3)),
  };
}

/** Generates counts, sums, minima and maxima that are not necessarily consistent with the buckets or one another. */
function observed(random: HostileRandom): { count: string; sum?: number; min?: number; max?: number } {
  return {
    count: uint64(random),
    ...(random(3) === 0 ? {} : { sum: double(random) }),
    ...(random(3) === 0 ? {} : { min: double(random) }),
    ...(random(3) === 0 ? {} : { max: double(random) }),
  };
}

function explicitBuckets(random: HostileRandom): DataPointJson {
  const bounds = pick(random, [
    ...[
      [],
      [0],
      [1, 10, 100],
      [5, 5, 5],
      [10, 1],
      [-1, 0, 1],
      [Number.NaN],
      [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    ],
    list(random(5), () => double(random)),
  ]);
  // Valid histograms have one more count than bounds. None, fewer or more are hostile.
  const counts = pick(random, [bounds.length + 1, bounds.length + 1, 0, bounds.length, bounds.length + 3]);
  return { explicitBounds: bounds, bucketCounts: list(counts, () => uint64(random)) };
}

function exponentialBuckets(random: HostileRandom): BucketsJson {
  return {
    offset: pick(random, [0, 1, -1, 160, int32(random)]),
    bucketCounts: list(pick(random, [0, 1, 4, 160]), () => uint64(random)),
  };
}

function temporality(random: HostileRandom): number {
  return random(8) === 0 ? int32(random) : random(3);
}

function list<T>(length: number, make: () => T): T[] {
  return Array.from({ length }, make);
}
