import { RemoteWriteError, type WrittenBuckets, type WrittenHistogram } from './series.ts';

/** Maximum number of buckets of one sign, including empty ones between others. */
const MAX_BUCKETS = 10_000;

/** Returns the fields of an OTLP exponential histogram. Throws a `RemoteWriteError` if it has no equivalent. */
export function exponentialPoint(histogram: WrittenHistogram): object {
  const { schema, count, zeroCount, zeroThreshold, positive, negative } = histogram;
  if (schema < -4 || schema > 8) throw new RemoteWriteError(`expected a schema from -4 to 8, or -53, got ${schema}`);
  return {
    scale: schema,
    count: integer(count),
    zeroCount: integer(zeroCount),
    zeroThreshold,
    positive: bucketsOf(positive),
    negative: bucketsOf(negative),
  };
}

/** Returns the fields of an OTLP histogram with the custom bounds of a native one. */
export function explicitPoint({ count, positive, customValues }: WrittenHistogram): object {
  const counts = new Array<number>(customValues.length + 1).fill(0);
  for (const [index, own] of entriesOf(positive)) {
    if (index < 0 || index >= counts.length)
      throw new RemoteWriteError(`expected a bound for bucket ${index}, got none`);
    counts[index] = own;
  }
  return { count: integer(count), explicitBounds: customValues, bucketCounts: counts.map(integer) };
}

/** The bucket that ends at 1 has index 0 in Prometheus, and begins at 1 in OpenTelemetry. */
function bucketsOf(buckets: WrittenBuckets): object {
  const entries = [...entriesOf(buckets)];
  const [first = 0] = entries[0] ?? [];
  const last = entries.at(-1)?.[0] ?? first - 1;
  if (last - first >= MAX_BUCKETS) throw new RemoteWriteError(`expected at most ${MAX_BUCKETS} buckets, got more`);
  const counts = new Array<number>(last - first + 1).fill(0);
  for (const [index, count] of entries) counts[index - first] = count;
  return { offset: first - 1, bucketCounts: counts.map(integer) };
}

function* entriesOf({ spans, counts }: WrittenBuckets): Generator<readonly [index: number, count: number]> {
  let index = 0;
  let position = 0;
  for (const [number, { offset, length }] of spans.entries()) {
    if (number > 0 && offset < 0) throw new RemoteWriteError(`expected spans in order, got the offset ${offset}`);
    index += offset;
    if (length > MAX_BUCKETS) throw new RemoteWriteError(`expected at most ${MAX_BUCKETS} buckets, got ${length}`);
    for (let end = index + length; index < end; index++) {
      const count = counts[position];
      if (count === undefined)
        throw new RemoteWriteError(`expected ${position + 1} bucket counts, got ${counts.length}`);
      position += 1;
      yield [index, count];
    }
  }
  if (position !== counts.length) {
    throw new RemoteWriteError(`expected ${position} bucket counts for the spans, got ${counts.length}`);
  }
}

/** Returns a count as text for JSON. OTLP counts are integers, so that fractions cannot be stored. */
function integer(count: number): string {
  if (Number.isSafeInteger(count) && count >= 0) return String(count);
  throw new RemoteWriteError(`expected whole numbers as counts of a histogram, got ${count}`);
}
