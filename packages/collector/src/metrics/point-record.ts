import {
  DATA_POINT_FIELDS,
  findField,
  forEachPayload,
  type ItemCursor,
  type MetricKind,
  Splices,
  skipValue,
  WireType,
  WireWriter,
} from '@otelier/otlp';
import type { MutableBuckets } from './exponential-point.ts';

/** The fields of a data point of any kind, by name. */
type FieldName = {
  [Kind in MetricKind]: keyof (typeof DATA_POINT_FIELDS)[Kind];
}[MetricKind];

/**
 * Pending changes to an encoded data point, by field name. Fields that the point's kind does not have are ignored. The
 * point is either the one at a cursor (`moveTo`, then `record` into its splices) or a separate message (`load`, then
 * `apply`). A record can be reused for many points.
 */
export class PointRecord {
  #bytes: Uint8Array = new Uint8Array();
  #start = 0;
  #end = 0;
  #fields: Readonly<Partial<Record<string, number>>> = DATA_POINT_FIELDS.gauge;
  #splices: Splices | undefined;
  /** Fields to change, and for each the range to replace and its new content. Entries from `#count` onward are stale. */
  readonly #changed: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #contents: (Uint8Array | undefined)[] = [];
  #count = 0;
  /** Repeated fields to remove. */
  readonly #lists: number[] = [];

  /** Moves to the point at the cursor. */
  moveTo({ bytes, start, end, splices }: ItemCursor, kind: MetricKind): this {
    this.#reset(bytes, start, end, kind);
    this.#splices = splices;
    return this;
  }

  /** Moves to an encoded point, `[start, end)` of `bytes`. */
  load(bytes: Uint8Array, kind: MetricKind, start = 0, end: number = bytes.length): this {
    this.#reset(bytes, start, end, kind);
    this.#splices = undefined;
    return this;
  }

  /** Sets a `fixed64`. Zero removes the field, as in canonical requests. */
  setFixed64(name: FieldName, value: bigint): this {
    return this.#setNumber(name, value === 0n ? undefined : value);
  }

  /** Sets or removes an optional double. */
  setDouble(name: FieldName, value: number | undefined): this {
    return this.#setNumber(name, value);
  }

  /** Sets the value of a gauge or sum point: an integer or a double. */
  setNumber(value: bigint | number): this {
    const isInteger = typeof value === 'bigint';
    this.#setNumber(isInteger ? 'asDouble' : 'asInt', undefined);
    return this.#setNumber(isInteger ? 'asInt' : 'asDouble', value);
  }

  /** Sets a packed list of `fixed64`. */
  setFixed64s(name: FieldName, values: readonly bigint[]): this {
    if (values.length === 0) return this.#set(name, undefined);
    return this.#set(name, (field) =>
      writer.message(field, () => {
        for (const value of values) writer.fixed64BigInt(value);
      }),
    );
  }

  /** Sets a packed list of doubles. */
  setDoubles(name: FieldName, values: readonly number[]): this {
    if (values.length === 0) return this.#set(name, undefined);
    return this.#set(name, (field) =>
      writer.message(field, () => {
        for (const value of values) writer.double(value);
      }),
    );
  }

  /** Sets the scale of an exponential histogram point. */
  setScale(scale: number): this {
    return this.#set('scale', scale === 0 ? undefined : (field) => writer.sint32Field(field, scale));
  }

  /** Sets the exponential histogram buckets of one sign. */
  setBuckets(name: 'positive' | 'negative', { offset, bucketCounts }: MutableBuckets): this {
    if (bucketCounts.length === 0 && offset === 0) return this.#set(name, undefined);
    return this.#set(name, (field) =>
      writer.message(field, () => {
        if (offset !== 0) writer.sint32Field(1, offset);
        if (bucketCounts.length === 0) return;
        writer.message(2, () => {
          for (const count of bucketCounts) writer.varintBigInt(count);
        });
      }),
    );
  }

  /** Removes all messages of a repeated field, such as exemplars. Must not be combined with other changes to the field. */
  clearList(name: FieldName): this {
    const field = this.#fields[name];
    if (field === undefined) return this;
    this.#lists.push(field);
    return this;
  }

  /** Records the changes in the cursor's splices. */
  record(): void {
    if (this.#splices !== undefined) this.#recordIn(this.#splices);
  }

  /** Returns the changed point. */
  apply(): Uint8Array {
    const splices = new Splices();
    this.#recordIn(splices);
    return splices.apply(this.#bytes, this.#start, this.#end);
  }

  #reset(bytes: Uint8Array, start: number, end: number, kind: MetricKind): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#fields = DATA_POINT_FIELDS[kind];
    this.#count = 0;
    this.#lists.length = 0;
  }

  #recordIn(splices: Splices): void {
    for (let i = 0; i < this.#count; i++) {
      const content = this.#contents[i];
      if (content === undefined) splices.remove(this.#starts[i] as number, this.#ends[i] as number);
      else splices.replace(this.#starts[i] as number, this.#ends[i] as number, content);
    }
    for (const field of this.#lists)
      forEachPayload(this.#bytes, this.#start, this.#end, field, (_from, to, from) => splices.remove(from, to));
  }

  #setNumber(name: FieldName, value: bigint | number | undefined): this {
    const field = this.#fields[name];
    if (field !== undefined) this.#put(field, value === undefined ? undefined : encodeNumber(field, value));
    return this;
  }

  #set(name: FieldName, write: ((field: number) => unknown) | undefined): this {
    const field = this.#fields[name];
    if (field === undefined) return this;
    if (write === undefined) {
      this.#put(field, undefined);
    } else {
      write(field);
      this.#put(field, writer.finish());
    }
    return this;
  }

  /** Replaces a field with its encoded content, appends it to the point, or removes it. */
  #put(field: number, content: Uint8Array | undefined): void {
    const known = this.#count === 0 ? -1 : this.#changed.lastIndexOf(field, this.#count - 1);
    if (known >= 0) {
      this.#contents[known] = content;
      return;
    }
    const value = findField(this.#bytes, this.#start, this.#end, field);
    if (value < 0 && content === undefined) return;
    const at = this.#count++;
    this.#changed[at] = field;
    // All fields of data points have one-byte tags.
    this.#starts[at] = value < 0 ? this.#end : value - 1;
    this.#ends[at] = value < 0 ? this.#end : skipValue(this.#bytes, value, this.#bytes[value - 1] as number);
    this.#contents[at] = content;
  }
}

const writer = new WireWriter(256);

/** Copies of changed numbers. They are small and numerous, so one array holds those of many points. */
let chunk = new Uint8Array(0);
let view = new DataView(chunk.buffer);
let used = 0;
const CHUNK_BYTES = 16_384;
const NUMBER_BYTES = 9;

function encodeNumber(field: number, value: bigint | number): Uint8Array {
  if (used + NUMBER_BYTES > chunk.length) {
    chunk = new Uint8Array(CHUNK_BYTES);
    view = new DataView(chunk.buffer);
    used = 0;
  }
  const start = used;
  used += NUMBER_BYTES;
  chunk[start] = field * 8 + WireType.fixed64;
  if (typeof value === 'bigint') view.setBigUint64(start + 1, BigInt.asUintN(64, value), true);
  else view.setFloat64(start + 1, value, true);
  return chunk.subarray(start, used);
}
