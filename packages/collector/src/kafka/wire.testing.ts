/** Reads the fields of a request of Kafka. */
export class WireCursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#advance(8));
  }

  peekInt32(): number {
    return this.#bytes.readInt32BE(this.#at);
  }

  skip(size: number): void {
    this.#advance(size);
  }

  /** Reads a nullable string. */
  text(): string | undefined {
    const size = this.int16();
    if (size < 0) return undefined;
    const start = this.#advance(size);
    return this.#bytes.toString('utf8', start, start + size);
  }

  bytes(): Buffer | undefined {
    const size = this.int32();
    if (size < 0) return undefined;
    const start = this.#advance(size);
    return this.#bytes.subarray(start, start + size);
  }

  list<T>(read: () => T): T[] {
    const count = this.int32();
    return Array.from({ length: Math.max(count, 0) }, read);
  }

  #advance(size: number): number {
    const start = this.#at;
    this.#at += size;
    return start;
  }
}

/** Writes the fields of a response of Kafka. */
export class WireBuffer {
  readonly #chunks: Buffer[] = [];

  int8(value: number): this {
    return this.#add(1, (chunk) => chunk.writeInt8(value));
  }

  int16(value: number): this {
    return this.#add(2, (chunk) => chunk.writeInt16BE(value));
  }

  int32(value: number): this {
    return this.#add(4, (chunk) => chunk.writeInt32BE(value));
  }

  int64(value: bigint): this {
    return this.#add(8, (chunk) => chunk.writeBigInt64BE(value));
  }

  text(value: string | undefined): this {
    if (value === undefined) return this.int16(-1);
    const bytes = Buffer.from(value);
    this.int16(bytes.length);
    this.#chunks.push(bytes);
    return this;
  }

  bytes(value: Buffer): this {
    this.int32(value.length);
    this.#chunks.push(value);
    return this;
  }

  list<T>(values: readonly T[], write: (value: T) => void): this {
    this.int32(values.length);
    for (const value of values) write(value);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  #add(size: number, write: (chunk: Buffer) => void): this {
    const chunk = Buffer.alloc(size);
    write(chunk);
    this.#chunks.push(chunk);
    return this;
  }
}
