import { endOfVarint, readVarint, readVarintSint32 } from '@otelier/otlp';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import type { MetricDataFields } from '../../metrics/metrics-writer.ts';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import { bytesField, inside, type MessageFields, readFields } from '../../spans/message-fields.ts';
import { type Buckets, distribute, pointBuckets } from './buckets.ts';
import { decodeProtobuf, doubleField, int64Field, textField, textsField } from './decode-payload.ts';
import { type EncodedMetrics, MetricCollector, nanosOf } from './metrics.ts';
import { tagAttributes } from './tags.ts';

/** Distributions of a metric. */
export interface DatadogSketch {
  readonly metric: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly distributions: readonly Distribution[];
}

/** A distribution in buckets of DDSketch. */
export interface Distribution {
  /** Seconds since the epoch. */
  readonly timestamp: bigint;
  readonly count: bigint;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  /** Keys of buckets: 0 for zero, below 0 for negative values. */
  readonly keys: readonly number[];
  /** Number of values in each of these buckets. */
  readonly counts: readonly number[];
}

interface DistributionDraft {
  timestamp: bigint;
  count: bigint;
  min: number;
  max: number;
  sum: number;
  keys: number[];
  counts: number[];
}

interface SketchDraft {
  metric: string;
  host: string;
  tags: string[];
  distributions: DistributionDraft[];
}

const DISTRIBUTION_FIELDS: MessageFields<DistributionDraft> = {
  1: int64Field('timestamp'),
  2: int64Field('count'),
  3: doubleField('min'),
  4: doubleField('max'),
  6: doubleField('sum'),
  7: bytesField((draft, { bytes, valueStart, valueEnd }) => {
    for (let at = valueStart; at < valueEnd; at = endOfVarint(bytes, at, valueEnd))
      draft.keys.push(readVarintSint32(bytes, at));
  }),
  8: bytesField((draft, { bytes, valueStart, valueEnd }) => {
    for (let at = valueStart; at < valueEnd; at = endOfVarint(bytes, at, valueEnd))
      draft.counts.push(readVarint(bytes, at));
  }),
};
const SKETCH_FIELDS: MessageFields<SketchDraft> = {
  1: textField('metric'),
  2: textField('host'),
  4: textsField('tags'),
  7: bytesField((sketch, field) => {
    const draft = { timestamp: 0n, count: 0n, min: 0, max: 0, sum: 0, keys: [], counts: [] };
    sketch.distributions.push(readFields(draft, inside(field), DISTRIBUTION_FIELDS));
  }),
};
const PAYLOAD_FIELDS: MessageFields<SketchDraft[]> = {
  1: bytesField((sketches, field) =>
    sketches.push(readFields({ metric: '', host: '', tags: [], distributions: [] }, inside(field), SKETCH_FIELDS)),
  ),
};

/** Decodes a request to `/api/beta/sketches` (`SketchPayload`). Throws a `MalformedSpansError`. */
export function decodeSketches(body: Uint8Array): readonly DatadogSketch[] {
  return decodeProtobuf(body, 'a sketch payload', (reader) => readFields<SketchDraft[]>([], reader, PAYLOAD_FIELDS));
}

const DATA: MetricDataFields = { kind: 'exponentialHistogram', temporality: TEMPORALITY.delta };
/** A bucket of an agent's sketch ends at this multiple of its beginning. */
const GAMMA = 1 + 2 / 128;
/** The key of the bucket that begins at 1. */
const KEY_OF_ONE = 1338;
const MAX_KEY = 32_767;
/** Points of a request, each of which can have as many buckets. */
const MAX_POINTS = 100_000;

/** Converts sketches to exponential histograms. Throws a `MalformedSpansError` for buckets that no sketch has. */
export function metricsOfSketches(sketches: readonly DatadogSketch[]): EncodedMetrics | undefined {
  const collector = new MetricCollector();
  const pointCount = sketches.reduce((sum, { distributions }) => sum + distributions.length, 0);
  if (pointCount > MAX_POINTS)
    throw new MalformedSpansError(`sketches: expected at most ${MAX_POINTS} distributions, got ${pointCount}`);
  for (const { metric, host, tags, distributions } of sketches) {
    const attributes = tagAttributes(tags, host);
    for (const distribution of distributions) {
      const { timestamp, count, sum, min, max } = distribution;
      const fields = { timeUnixNano: nanosOf(timestamp), count: BigInt.asUintN(64, count), sum, min, max };
      collector.add(attributes, metric, '', DATA, {
        kind: 'exponential',
        fields: { ...fields, ...bucketsOf(metric, distribution) },
      });
    }
  }
  return collector.finish();
}

function bucketsOf(metric: string, { keys, counts }: Distribution) {
  if (keys.length !== counts.length)
    throw new MalformedSpansError(
      `${metric}: expected a count for each of ${keys.length} buckets, got ${counts.length}`,
    );
  const positive: Buckets = new Map();
  const negative: Buckets = new Map();
  let zeroCount = 0;
  for (const [index, key] of keys.entries()) {
    const count = counts[index] ?? 0;
    if (Math.abs(key) >= MAX_KEY)
      throw new MalformedSpansError(`${metric}: expected keys of buckets below ${MAX_KEY}, got ${key}`);
    const lower = GAMMA ** (Math.abs(key) - KEY_OF_ONE);
    if (key === 0) zeroCount += count;
    else distribute(key < 0 ? negative : positive, lower, lower * GAMMA, count);
  }
  return { ...pointBuckets(positive, negative), zeroCount, zeroThreshold: GAMMA ** (1 - KEY_OF_ONE) };
}
