import { DATA_POINT_FIELDS, type ItemCursor, type MetricKind, WireWriter } from '@otelier/otlp';
import { doubleField, fixed64Field, packedDoubles, packedFixed64s } from '../ottl/record/encode.ts';
import { MessageRecord } from '../ottl/record/message-record.ts';
import type { MutableBuckets } from './exponential-point.ts';

/** Fields of any kind of point, by name. */
type FieldName = {
  [Kind in MetricKind]: keyof (typeof DATA_POINT_FIELDS)[Kind];
}[MetricKind];

/**
 * Changes of a data point in place, by field name. Fields that the kind of the point lacks are ignored. One record can be
 * moved from point to point.
 */
export class PointRecord {
  readonly #message = new MessageRecord();
  #fields: Readonly<Partial<Record<string, number>>> = DATA_POINT_FIELDS.gauge;
  #cursor: ItemCursor | undefined;

  /** Moves the record to the point at the cursor. */
  moveTo(cursor: ItemCursor, kind: MetricKind): this {
    this.#cursor = cursor;
    this.#fields = DATA_POINT_FIELDS[kind];
    this.#message.reset(cursor.bytes, cursor.start, cursor.end);
    return this;
  }

  /** Sets a `fixed64`. Zero removes the field, as in canonical requests. */
  setFixed64(name: FieldName, value: bigint): this {
    return this.#set(name, value === 0n ? undefined : (field) => fixed64Field(field, value));
  }

  /** Sets or removes an optional double. */
  setDouble(name: FieldName, value: number | undefined): this {
    return this.#set(name, value === undefined ? undefined : (field) => doubleField(field, value));
  }

  /** Sets the value of a point of a gauge or sum: an integer or a double. */
  setNumber(value: bigint | number): this {
    const isInteger = typeof value === 'bigint';
    this.#set(isInteger ? 'asDouble' : 'asInt', undefined);
    return this.#set(isInteger ? 'asInt' : 'asDouble', (field) =>
      typeof value === 'bigint' ? fixed64Field(field, value) : doubleField(field, value),
    );
  }

  /** Sets a packed list of `fixed64`. */
  setFixed64s(name: FieldName, values: readonly bigint[]): this {
    return this.#set(name, values.length === 0 ? undefined : (field) => packedFixed64s(field, values));
  }

  /** Sets a packed list of doubles. */
  setDoubles(name: FieldName, values: readonly number[]): this {
    return this.#set(name, values.length === 0 ? undefined : (field) => packedDoubles(field, values));
  }

  /** Sets the scale of an exponential histogram. */
  setScale(scale: number): this {
    return this.#set('scale', scale === 0 ? undefined : (field) => writer.sint32Field(field, scale).finish());
  }

  /** Sets the buckets of one sign of an exponential histogram. */
  setBuckets(name: 'positive' | 'negative', { offset, bucketCounts }: MutableBuckets): this {
    if (bucketCounts.length === 0 && offset === 0) return this.#set(name, undefined);
    return this.#set(name, (field) => {
      writer.open(field);
      if (offset !== 0) writer.sint32Field(1, offset);
      if (bucketCounts.length > 0) {
        writer.open(2);
        for (const count of bucketCounts) writer.varintBigInt(count);
        writer.close();
      }
      writer.close();
      return writer.finish();
    });
  }

  /** Sets an encoded repeated field, complete fields of the number that `fieldOf` returns. */
  setAll(name: FieldName, fields: Uint8Array): this {
    const field = this.#fields[name];
    if (field !== undefined) this.#message.putAll(field, fields);
    return this;
  }

  /** Records the changes in the splices of the cursor. */
  record(): void {
    if (this.#cursor !== undefined && this.#message.isChanged) this.#message.record(this.#cursor.splices);
  }

  #set(name: FieldName, encode: ((field: number) => Uint8Array) | undefined): this {
    const field = this.#fields[name];
    if (field === undefined) return this;
    if (encode !== undefined) this.#message.put(field, encode(field));
    else if (this.#message.find(field) >= 0) this.#message.put(field, undefined);
    return this;
  }
}

const writer = new WireWriter(256);
