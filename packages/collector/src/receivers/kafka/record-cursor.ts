/** A record, or several that cannot be read. `offsetDelta` is the distance to the first offset of the batch. */
export type KafkaRecord =
  | {
      readonly kind: 'record';
      readonly offsetDelta: number;
      readonly value: Buffer | undefined;
      readonly headers: readonly RecordHeader[];
    }
  | {
      readonly kind: 'unreadable';
      readonly offsetDelta: number;
      readonly reason: string;
      /** Number of records that it stands for. */
      readonly count: number;
    };

/** Name and value of a header. */
export type RecordHeader = readonly [name: string, value: string];

/** Maximum number of headers of a record. Each needs memory beside its bytes. */
const MAX_HEADERS = 1000;

class MalformedRecordError extends Error {}

/** Reads the records of a batch, one after the other. Their memory is that of the batch. */
export class RecordCursor {
  readonly #bytes: Buffer;
  #at = 0;
  #end: number;
  #nextDelta = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Reads the next record of `left`. If it has no end in the batch, the result stands for all of them. */
  next(left: number): KafkaRecord {
    this.#end = this.#bytes.length;
    let count = left;
    try {
      const size = this.#varint();
      this.#end = this.#at + this.#bounded(size);
      count = 1;
      return this.#record();
    } catch (error) {
      if (!(error instanceof MalformedRecordError)) throw error;
      return { kind: 'unreadable', offsetDelta: this.#nextDelta++, reason: error.message, count };
    } finally {
      this.#at = this.#end;
    }
  }

  #record(): KafkaRecord {
    // The attributes, which have no meaning.
    this.#skip(1);
    this.#skipVarint();
    const offsetDelta = this.#varint();
    if (offsetDelta < 0)
      throw new MalformedRecordError(`expected an offset after that of its batch, got ${offsetDelta}`);
    this.#nextDelta = offsetDelta + 1;
    this.#nullableBytes();
    const value = this.#nullableBytes();
    return { kind: 'record', offsetDelta, value, headers: this.#headers() };
  }

  #headers(): readonly RecordHeader[] {
    const count = this.#varint();
    if (count === 0) return NO_HEADERS;
    if (count < 0 || count > MAX_HEADERS)
      throw new MalformedRecordError(`expected at most ${MAX_HEADERS} headers, got ${count}`);
    return Array.from({ length: count }, () => [this.#text(), this.#text()] as const);
  }

  #text(): string {
    return this.#nullableBytes()?.toString('utf8') ?? '';
  }

  #nullableBytes(): Buffer | undefined {
    const size = this.#varint();
    if (size === -1) return undefined;
    const start = this.#at;
    this.#skip(this.#bounded(size));
    return this.#bytes.subarray(start, this.#at);
  }

  /** Returns a size that does not exceed what is left. */
  #bounded(size: number): number {
    const left = this.#end - this.#at;
    if (size < 0 || size > left) throw new MalformedRecordError(`expected at most ${left} bytes, got the size ${size}`);
    return size;
  }

  #skip(size: number): void {
    this.#at += this.#bounded(size);
  }

  /** Reads an integer of 32 bits in zigzag encoding. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new MalformedRecordError('expected an integer of at most five bytes');
  }

  #skipVarint(): void {
    for (let byte = 0x80; byte >= 0x80; ) byte = this.#byte();
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new MalformedRecordError('expected more bytes');
    return this.#bytes[this.#at++] ?? 0;
  }
}

const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);
