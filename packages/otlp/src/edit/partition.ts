import { seededHash } from '../sampling/hash.ts';
import { SIGNALS, type Signal } from '../signals.ts';
import { type AnyValueKind, anyValueKind } from '../views/any-value.ts';
import { RESOURCE_FIELDS } from '../views/resource.ts';
import { findField, forEachPayload, payloadEnd, payloadStart, TrustedReader } from '../wire/find.ts';
import { WireWriter } from '../wire/writer.ts';
import { forEachItem } from './for-each-item.ts';
import { ItemCursor } from './item-cursor.ts';
import { countBelow, LEVELS, type Level, leadsDown } from './levels.ts';

/** A request with the items of another request that belong to one bucket. */
export interface Partition {
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

/**
 * Splits a normalized request into `count` buckets by the trace IDs of its items: all items of a trace go to the same
 * bucket. Items without a trace ID go to the bucket `others`.
 */
export function partitionByTraceId(
  signal: Signal,
  request: Uint8Array,
  count: number,
  others: number,
): readonly (Partition | undefined)[] {
  const field = SIGNALS[signal].traceIdField;
  if (field === undefined) return partitionItems(signal, request, count, () => others);
  return partitionItems(signal, request, count, ({ bytes, start, end }) => {
    const value = findField(bytes, start, end, field);
    const from = value < 0 ? 0 : payloadStart(bytes, value);
    const to = value < 0 ? 0 : payloadEnd(bytes, value);
    return from === to ? others : seededHash(0, bytes, from, to) % count;
  });
}

/**
 * Splits a normalized request into `count` buckets by the resources of its items: all items of a resource go to the
 * same bucket, regardless of the order of its attributes.
 */
export function partitionByResource(
  signal: Signal,
  request: Uint8Array,
  count: number,
): readonly (Partition | undefined)[] {
  let groupStart = -1;
  let bucket = 0;
  return partitionItems(signal, request, count, ({ bytes, resourceGroupStart, resourceStart, resourceEnd }) => {
    if (resourceGroupStart !== groupStart) {
      groupStart = resourceGroupStart;
      bucket = hashResource(bytes, resourceStart, resourceEnd) % count;
    }
    return bucket;
  });
}

/** Returns a hash of the attributes of the `Resource` in `[start, end)` that does not depend on their order. */
function hashResource(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  forEachPayload(bytes, start, end, RESOURCE_FIELDS.attributes, (from, to) => {
    const key = findField(bytes, from, to, KEY_FIELD);
    const value = findField(bytes, from, to, VALUE_FIELD);
    let hash = key < 0 ? 0 : seededHash(0, bytes, payloadStart(bytes, key), payloadEnd(bytes, key));
    // A map is represented only by its key, because equal maps may have their entries in any order.
    if (value >= 0 && !mayContainMap(anyValueKind(bytes, payloadStart(bytes, value), payloadEnd(bytes, value))))
      hash = seededHash(hash, bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
    sum = (sum + hash) >>> 0;
  });
  // The low bits of FNV hashes depend only on the low bits of the input, and `count` uses the low bits.
  sum = Math.imul(sum ^ (sum >>> 16), 0x85eb_ca6b);
  return (sum ^ (sum >>> 13)) >>> 0;
}

function mayContainMap(kind: AnyValueKind): boolean {
  return kind === 'kvlist' || kind === 'array';
}

const KEY_FIELD = 1;
const VALUE_FIELD = 2;

/**
 * Splits a request into `count` buckets. Each receives its items in order, with their resources and scopes. An empty
 * bucket is `undefined`, and a bucket with all items is the original array. Groups without items are dropped.
 */
export function partitionItems(
  signal: Signal,
  request: Uint8Array,
  count: number,
  bucketOf: (item: ItemCursor) => number,
): readonly (Partition | undefined)[] {
  const buckets: number[] = [];
  const counts = new Array<number>(count).fill(0);
  forEachItem(signal, request, (item) => {
    const bucket = bucketOf(item);
    buckets.push(bucket);
    counts[bucket]++;
  });
  const whole = counts.indexOf(buckets.length);
  if (whole >= 0 && buckets.length > 0)
    return counts.map((itemCount) => (itemCount ? { bytes: request, itemCount } : undefined));
  const writers = new Cutting(LEVELS[signal], request, buckets, count).run();
  return counts.map((itemCount, bucket) => {
    const writer = writers[bucket];
    return itemCount === 0 || writer === undefined ? undefined : { bytes: writer.finish(), itemCount };
  });
}

/**
 * Splits a request of `itemCount` items into `count` buckets by resource, without visiting the items unless it is
 * split. A resource goes to its bucket as a whole. An empty bucket is `undefined`, and a bucket with all resources is
 * the original array.
 */
export function partitionResources(
  signal: Signal,
  request: Uint8Array,
  itemCount: number,
  count: number,
  bucketOf: (resource: ItemCursor) => number,
): readonly (Partition | undefined)[] {
  const levels = LEVELS[signal];
  const top = levels[0] as Level;
  const cursor = new ItemCursor(request);
  const buckets: number[] = [];
  const sizes = new Array<number>(count).fill(0);
  for (const reader = new TrustedReader(request, 0, request.length); reader.next(); ) {
    if (!leadsDown(top, reader.field)) continue;
    cursor.enterResource(reader.valueStart, reader.end);
    const bucket = bucketOf(cursor);
    buckets.push(bucket);
    sizes[bucket]++;
  }
  const whole = sizes.indexOf(buckets.length);
  if (whole >= 0 && buckets.length > 0)
    return sizes.map((_, bucket) => (bucket === whole ? { bytes: request, itemCount } : undefined));
  const counts = new Array<number>(count).fill(0);
  const writers = sizes.map((size) => (size === 0 ? undefined : new WireWriter(Math.ceil(request.length / count))));
  let index = 0;
  for (const reader = new TrustedReader(request, 0, request.length); reader.next(); ) {
    if (leadsDown(top, reader.field)) {
      const bucket = buckets[index++];
      counts[bucket] += countBelow(levels, 1, request, reader.valueStart, reader.end);
      writers[bucket]?.raw(request, reader.start, reader.end);
    } else {
      for (const writer of writers) writer?.raw(request, reader.start, reader.end);
    }
  }
  return counts.map((items, bucket) => {
    const writer = writers[bucket];
    return items === 0 || writer === undefined ? undefined : { bytes: writer.finish(), itemCount: items };
  });
}

/**
 * Writes all buckets in a single walk. The context of an item is written to a bucket together with the bucket's first
 * item in that context.
 */
class Cutting {
  readonly #levels: readonly Level[];
  readonly #request: Uint8Array;
  /** The bucket of each item, in order. */
  readonly #buckets: readonly number[];
  readonly #writers: WireWriter[] = [];
  /** The depth to which the current groups are open, per bucket. */
  readonly #openDepths: number[];
  /** The current groups, from the request down: the field, and the start and end of the contents. */
  readonly #groups: { field: number; start: number; end: number }[] = [];
  #item = 0;

  constructor(levels: readonly Level[], request: Uint8Array, buckets: readonly number[], count: number) {
    this.#levels = levels;
    this.#request = request;
    this.#buckets = buckets;
    for (let bucket = 0; bucket < count; bucket++)
      this.#writers.push(new WireWriter(Math.ceil(request.length / count)));
    this.#openDepths = new Array<number>(count).fill(0);
  }

  run(): readonly WireWriter[] {
    this.#walk(0, 0, 0, this.#request.length);
    return this.#writers;
  }

  #walk(depth: number, field: number, start: number, end: number): void {
    const level = this.#levels[depth] as Level;
    this.#groups.push({ field, start, end });
    const reader = new TrustedReader(this.#request, start, end);
    while (reader.next()) {
      if (!leadsDown(level, reader.field)) continue;
      if (level.kind === 'item') this.#take(reader);
      else this.#walk(depth + 1, reader.field, reader.valueStart, reader.end);
    }
    this.#groups.pop();
    this.#leave(depth);
  }

  #take({ start, end }: TrustedReader): void {
    const bucket = this.#buckets[this.#item++];
    const writer = this.#writers[bucket] as WireWriter;
    for (let depth = this.#openDepths[bucket]; depth < this.#groups.length; depth++) {
      const group = this.#groups[depth] as { field: number; start: number; end: number };
      if (depth > 0) writer.open(group.field);
      this.#copyOwn(writer, this.#levels[depth] as Level, group.start, group.end);
    }
    this.#openDepths[bucket] = this.#groups.length;
    writer.raw(this.#request, start, end);
  }

  /** Copies the fields of a group that do not contain items, such as the resource. */
  #copyOwn(writer: WireWriter, level: Level, start: number, end: number): void {
    const reader = new TrustedReader(this.#request, start, end);
    while (reader.next()) {
      if (!leadsDown(level, reader.field)) writer.raw(this.#request, reader.start, reader.end);
    }
  }

  #leave(depth: number): void {
    for (let bucket = 0; bucket < this.#openDepths.length; bucket++) {
      if (this.#openDepths[bucket] <= depth) continue;
      if (depth > 0) (this.#writers[bucket] as WireWriter).close();
      this.#openDepths[bucket] = depth;
    }
  }
}
