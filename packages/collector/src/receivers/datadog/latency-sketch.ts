import { readDouble, readVarintSint32 } from '@otelier/otlp';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import {
  bytesField,
  inside,
  type MessageField,
  type MessageFields,
  readFields,
  varintField,
} from '../../spans/message-fields.ts';
import { type Buckets, distribute, pointBuckets } from './buckets.ts';
import { decodeProtobuf, doubleField } from './decode-payload.ts';

/** A sketch of durations (`DDSketch` of sketches-go). */
interface Sketch {
  gamma: number;
  indexOffset: number;
  interpolation: number;
  zeroCount: number;
  /** Counts by the index of a bucket. */
  readonly bins: Map<number, number>;
  /** The counts of buckets that follow each other, and the index of the first one. */
  readonly contiguous: number[];
  contiguousOffset: number;
}

const MAPPING_FIELDS: MessageFields<Sketch> = {
  1: doubleField('gamma'),
  2: doubleField('indexOffset'),
  3: varintField((sketch, { bytes, valueStart }) => {
    sketch.interpolation = bytes[valueStart] ?? 0;
  }),
};

interface Bin {
  index: number;
  count: number;
}

const BIN_FIELDS: MessageFields<Bin> = { 1: sintField('index'), 2: doubleField('count') };

const STORE_FIELDS: MessageFields<Sketch> = {
  1: bytesField((sketch, field) => {
    const { index, count } = readFields({ index: 0, count: 0 }, inside(field), BIN_FIELDS);
    sketch.bins.set(index, count);
  }),
  2: bytesField((sketch, { bytes, valueStart, valueEnd }) => {
    for (let at = valueStart; at + 8 <= valueEnd; at += 8) sketch.contiguous.push(readDouble(bytes, at));
  }),
  3: sintField('contiguousOffset'),
};

const SKETCH_FIELDS: MessageFields<Sketch> = {
  1: bytesField((sketch, field) => {
    readFields(sketch, inside(field), MAPPING_FIELDS);
  }),
  2: bytesField((sketch, field) => {
    readFields(sketch, inside(field), STORE_FIELDS);
  }),
  4: doubleField('zeroCount'),
};

function sintField<T, K extends keyof T>(key: K): MessageField<T> {
  return varintField((target, { bytes, valueStart }) => {
    target[key] = readVarintSint32(bytes, valueStart) as T[K];
  });
}

const NANOS = 1e9;
/** Durations in nanoseconds are at most 2 ** 64. */
const MAX_NANOS = 2 ** 64;
/** Ratio of the limits of a bucket, for accuracies between 0.1 % and 60 %. */
const [MIN_GAMMA, MAX_GAMMA] = [1.002, 4];
const MAX_BINS = 65_536;

/**
 * Converts a sketch of nanoseconds to the fields of an exponential histogram of seconds; `undefined` if it is empty or its
 * buckets are interpolated, which no tracer does. Throws a `MalformedSpansError`.
 */
export function latencyFields(body: Uint8Array, where: string) {
  const empty: Sketch = {
    ...{ gamma: 0, indexOffset: 0, interpolation: 0, zeroCount: 0 },
    ...{ bins: new Map(), contiguous: [], contiguousOffset: 0 },
  };
  const sketch = decodeProtobuf(body, 'a DDSketch', (reader) => readFields(empty, reader, SKETCH_FIELDS));
  const { gamma, indexOffset, interpolation, bins, contiguous, contiguousOffset } = sketch;
  for (const [index, count] of contiguous.entries())
    bins.set(contiguousOffset + index, (bins.get(contiguousOffset + index) ?? 0) + count);
  if (interpolation !== 0) return undefined;
  if (bins.size > 0 && !(gamma >= MIN_GAMMA && gamma <= MAX_GAMMA))
    throw new MalformedSpansError(`${where}: expected a gamma from ${MIN_GAMMA} to ${MAX_GAMMA}, got ${gamma}`);
  if (bins.size > MAX_BINS)
    throw new MalformedSpansError(`${where}: expected at most ${MAX_BINS} buckets, got ${bins.size}`);
  const positive: Buckets = new Map();
  let zeroCount = wholeCount(sketch.zeroCount, where);
  let count = zeroCount;
  for (const [index, each] of bins) {
    const values = wholeCount(each, where);
    const lower = gamma ** (index - indexOffset);
    if (values > 0 && !(lower < MAX_NANOS))
      throw new MalformedSpansError(`${where}: expected durations in nanoseconds, got ${lower}`);
    count += values;
    if (lower * gamma < 1) zeroCount += values;
    else distribute(positive, lower / NANOS, (lower * gamma) / NANOS, values);
  }
  return count === 0 ? undefined : { count, zeroCount, zeroThreshold: 1 / NANOS, ...pointBuckets(positive, new Map()) };
}

/** Returns a count, which sketches write as a floating-point number. */
function wholeCount(count: number, where: string): number {
  const whole = Math.round(count);
  if (whole >= 0 && whole <= Number.MAX_SAFE_INTEGER) return whole;
  throw new MalformedSpansError(`${where}: expected a count of values, got ${count}`);
}
