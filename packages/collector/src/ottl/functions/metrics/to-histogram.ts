import {
  DATA_POINT_FIELDS,
  DataPointView,
  forEachPayload,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  WireWriter,
} from '@otelier/otlp';
import { readEncodedAttributes } from '../../../metrics/encoded-attributes.ts';
import { writeHistogramPoint } from '../../../metrics/write-points.ts';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { listOf, literalFloat, literalText } from '../../compile/parameters.ts';
import { bytesField, join, varintField } from '../../record/encode.ts';
import { EvaluationError } from '../../values/value.ts';
import { forEachPoint, POINTS, temporalityOfData } from './points.ts';

/** Distributes the values of an interval over buckets by incrementing `counts`. */
type Distribute = (counts: bigint[], interval: Interval, random: () => number) => void;

interface Interval {
  readonly lower: number;
  readonly upper: number;
  readonly count: bigint;
  readonly bounds: readonly number[];
}

const DISTRIBUTIONS: Readonly<Record<string, Distribute>> = {
  upper: (counts, { upper, count, bounds }) => add(counts, bucketOf(bounds, upper), count),
  midpoint: (counts, { lower, upper, count, bounds }) => add(counts, bucketOf(bounds, (lower + upper) / 2), count),
  uniform: distributeEvenly,
  random: distributeByWidth,
};

/**
 * The editor that converts an exponential histogram to a histogram. Unlike the Collector, it counts values above the
 * last boundary in a separate bucket, as OTLP requires, and does not drop negative values and zeros.
 */
export const TO_HISTOGRAM: readonly FunctionDefinition[] = [
  defineFunction(
    'convert_exponential_histogram_to_histogram',
    { distributionFn: literalText(), explicitBounds: listOf(literalFloat()) },
    ({ distributionFn, explicitBounds }) => {
      const name = distributionFn === '' ? 'random' : distributionFn;
      const distribute = Object.hasOwn(DISTRIBUTIONS, name) ? DISTRIBUTIONS[name] : undefined;
      if (distribute === undefined)
        throw new EvaluationError(`expected "upper", "midpoint", "random" or "uniform", got "${name}"`);
      if (explicitBounds.length === 0) throw new EvaluationError('expected at least one boundary, got none');
      if (explicitBounds.some((bound, index) => index > 0 && !(bound > (explicitBounds[index - 1] ?? 0))))
        throw new EvaluationError('expected boundaries in ascending order');
      return (subject) => {
        if (subject.dataField !== METRIC_FIELDS.exponentialHistogram) return undefined;
        const { random } = subject.environment;
        const points: Uint8Array[] = [];
        forEachPoint(subject, ({ bytes, start, end }) => {
          const point = view.reset(bytes, start, end);
          points.push(
            bytesField(
              POINTS,
              encodePoint(point, bucketsOf(point, explicitBounds, distribute, random), explicitBounds),
            ),
          );
        });
        const temporality = temporalityOfData(subject);
        const rest = temporality === 0n ? [] : [varintField(METRIC_DATA_FIELDS.aggregationTemporality, temporality)];
        subject.replaceData(METRIC_FIELDS.histogram, join([...points, ...rest]));
        return undefined;
      };
    },
  ),
];

const view = new DataPointView().ofKind('exponentialHistogram');

function bucketsOf(
  { scale = 0, zeroCount = 0n, positive, negative }: DataPointView,
  bounds: readonly number[],
  distribute: Distribute,
  random: () => number,
): bigint[] {
  const counts = new Array<bigint>(bounds.length + 1).fill(0n);
  if (zeroCount > 0n) add(counts, bucketOf(bounds, 0), zeroCount);
  const boundary = (index: number): number => 2 ** (index * 2 ** -scale);
  for (const [position, count] of positive?.bucketCounts.entries() ?? []) {
    const index = (positive?.offset ?? 0) + position;
    if (count > 0n) distribute(counts, { lower: boundary(index), upper: boundary(index + 1), count, bounds }, random);
  }
  for (const [position, count] of negative?.bucketCounts.entries() ?? []) {
    const index = (negative?.offset ?? 0) + position;
    if (count > 0n) distribute(counts, { lower: -boundary(index + 1), upper: -boundary(index), count, bounds }, random);
  }
  return counts;
}

/** Returns the bucket of a value; boundaries are inclusive. */
function bucketOf(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound);
  return index < 0 ? bounds.length : index;
}

function add(counts: bigint[], bucket: number, count: bigint): void {
  counts[bucket] = (counts[bucket] ?? 0n) + count;
}

/** Assigns the same number to each bucket that intersects the interval; the first buckets get the remainder. */
function distributeEvenly(counts: bigint[], { lower, upper, count, bounds }: Interval): void {
  const [from, to] = [bucketOf(bounds, lower), bucketOf(bounds, upper)];
  const buckets = BigInt(to - from + 1);
  for (let bucket = from; bucket <= to; bucket++)
    add(counts, bucket, count / buckets + (BigInt(bucket - from) < count % buckets ? 1n : 0n));
}

/**
 * Assigns numbers in proportion to each bucket's overlap with the interval; the rounding remainder goes to random
 * buckets.
 */
function distributeByWidth(counts: bigint[], { lower, upper, count, bounds }: Interval, random: () => number): void {
  const [from, to] = [bucketOf(bounds, lower), bucketOf(bounds, upper)];
  let left = count;
  for (let bucket = from; bucket <= to; bucket++) {
    const start = Math.max(lower, bounds[bucket - 1] ?? Number.NEGATIVE_INFINITY);
    const end = Math.min(upper, bounds[bucket] ?? Number.POSITIVE_INFINITY);
    const share = Number.isFinite(upper - lower) && upper > lower ? Math.max(0, end - start) / (upper - lower) : 0;
    const part = from === to ? count : BigInt(Math.floor(Number(count) * share));
    const taken = part < left ? part : left;
    add(counts, bucket, taken);
    left -= taken;
  }
  if (left === 0n) return;
  const bucket = from + Math.min(to - from, Math.floor(random() * (to - from + 1)));
  add(counts, bucket, left);
}

/** Encodes the point with different buckets. */
function encodePoint(
  point: DataPointView,
  bucketCounts: readonly bigint[],
  explicitBounds: readonly number[],
): Uint8Array {
  const { bytes, start, end, startTimeUnixNano, timeUnixNano, flags, count = 0n, sum, min, max } = point;
  const exemplars: Uint8Array[] = [];
  forEachPayload(bytes, start, end, FIELDS.exemplars, (from, to) => exemplars.push(bytes.slice(from, to)));
  writeHistogramPoint(writer, {
    attributes: readEncodedAttributes(bytes, start, end, FIELDS.attributes),
    startTimeUnixNano,
    timeUnixNano,
    flags,
    count,
    sum,
    min,
    max,
    bucketCounts,
    explicitBounds,
    exemplars,
  });
  return writer.finish();
}

const FIELDS = DATA_POINT_FIELDS.exponentialHistogram;
const writer = new WireWriter(256);
