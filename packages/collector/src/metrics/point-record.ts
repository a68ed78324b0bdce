import {
  DATA_POINT_FIELDS,
  findField,
  forEachPayload,
  type ItemCursor,
  type MetricKind,
  replaceField,
  Splices,
  WireWriter,
} from '@otelier/otlp';
import type { MutableBuckets } from './exponential-point.ts';

/** Fields of any kind of point, by name. */
type FieldName = {
  [Kind in MetricKind]: keyof (typeof DATA_POINT_FIELDS)[Kind];
}[MetricKind];

/**
 * Changes of an encoded data point, by field name. Fields that the kind of the point lacks are ignored. The point is that
 * of a cursor (`moveTo`, then `record` in its splices), or a message of its own (`load`, then `apply`). One record can be
 * moved from point to point.
 */
export class PointRecord {
  #bytes: Uint8Array = new Uint8Array();
  #start = 0;
  #end = 0;
  #fields: Readonly<Partial<Record<string, number>>> = DATA_POINT_FIELDS.gauge;
  #splices: Splices | undefined;
  readonly #changes = new Map<number, Uint8Array | undefined>();
  /** Repeated fields to remove. */
  readonly #lists: number[] = [];

  /** Moves the record to the point at the cursor. */
  moveTo({ bytes, start, end, splices }: ItemCursor, kind: MetricKind): this {
    this.#reset(bytes, start, end, kind);
    this.#splices = splices;
    return this;
  }

  /** Moves the record to an encoded point, `[start, end)` of `bytes`. */
  load(bytes: Uint8Array, kind: MetricKind, start = 0, end: number = bytes.length): this {
    this.#reset(bytes, start, end, kind);
    this.#splices = undefined;
    return this;
  }

  /** Sets a `fixed64`. Zero removes the field, as in canonical requests. */
  setFixed64(name: FieldName, value: bigint): this {
    return this.#set(name, value === 0n ? undefined : (field) => writer.fixed64Field(field, value));
  }

  /** Sets or removes an optional double. */
  setDouble(name: FieldName, value: number | undefined): this {
    return this.#set(name, value === undefined ? undefined : (field) => writer.doubleField(field, value));
  }

  /** Sets the value of a point of a gauge or sum: an integer or a double. */
  setNumber(value: bigint | number): this {
    const isInteger = typeof value === 'bigint';
    this.#set(isInteger ? 'asDouble' : 'asInt', undefined);
    return this.#set(isInteger ? 'asInt' : 'asDouble', (field) =>
      typeof value === 'bigint' ? writer.fixed64Field(field, value) : writer.doubleField(field, value),
    );
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

  /** Sets the scale of an exponential histogram. */
  setScale(scale: number): this {
    return this.#set('scale', scale === 0 ? undefined : (field) => writer.sint32Field(field, scale));
  }

  /** Sets the buckets of one sign of an exponential histogram. */
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

  /** Removes all messages of a repeated field, such as exemplars, at once. Not together with other changes of the field. */
  clearList(name: FieldName): this {
    const field = this.#fields[name];
    if (field === undefined) return this;
    this.#lists.push(field);
    return this;
  }

  /** Records the changes in the splices of the cursor. */
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
    this.#changes.clear();
    this.#lists.length = 0;
  }

  #recordIn(splices: Splices): void {
    for (const [field, content] of this.#changes)
      replaceField(splices, this.#bytes, this.#start, this.#end, field, content);
    for (const field of this.#lists)
      forEachPayload(this.#bytes, this.#start, this.#end, field, (_from, to, from) => splices.remove(from, to));
  }

  #set(name: FieldName, write: ((field: number) => unknown) | undefined): this {
    const field = this.#fields[name];
    if (field === undefined) return this;
    if (write === undefined) {
      if (findField(this.#bytes, this.#start, this.#end, field) >= 0) this.#changes.set(field, undefined);
      else this.#changes.delete(field);
    } else {
      write(field);
      this.#changes.set(field, writer.finish());
    }
    return this;
  }
}

const writer = new WireWriter(256);
