/** Writes MessagePack values in order. */
export class MessagePackWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;

  /** Returns the written bytes and resets the writer. */
  finish(): Buffer {
    const finished = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(4096);
    this.#length = 0;
    return finished;
  }

  array(count: number): this {
    return this.#head(count, 0x90, 15, [0xdc, 0xdd]);
  }

  map(count: number): this {
    return this.#head(count, 0x80, 15, [0xde, 0xdf]);
  }

  bool(value: boolean): this {
    return this.#byte(value ? 0xc3 : 0xc2);
  }

  text(text: string): this {
    const size = Buffer.byteLength(text);
    if (size <= 31) this.#byte(0xa0 | size);
    else if (size <= 0xff) this.#byte(0xd9).#unsigned(size, 1);
    else if (size <= 0xffff) this.#byte(0xda).#unsigned(size, 2);
    else this.#byte(0xdb).#unsigned(size, 4);
    this.#reserve(size);
    this.#length += this.#bytes.write(text, this.#length);
    return this;
  }

  binary(data: Uint8Array): this {
    const size = data.length;
    if (size <= 0xff) this.#byte(0xc4).#unsigned(size, 1);
    else if (size <= 0xffff) this.#byte(0xc5).#unsigned(size, 2);
    else this.#byte(0xc6).#unsigned(size, 4);
    return this.raw(data);
  }

  /** Writes a non-negative integer of at most 32 bits. */
  integer(value: number): this {
    if (value <= 0x7f) return this.#byte(value);
    if (value <= 0xff) return this.#byte(0xcc).#unsigned(value, 1);
    if (value <= 0xffff) return this.#byte(0xcd).#unsigned(value, 2);
    return this.#byte(0xce).#unsigned(value, 4);
  }

  /** Writes an `EventTime` of Fluentd, which ends in 2106. */
  eventTime(nanos: bigint): this {
    const seconds = Number((nanos / 1_000_000_000n) & 0xffff_ffffn);
    return this.#byte(0xd7)
      .#byte(0)
      .#unsigned(seconds, 4)
      .#unsigned(Number(nanos % 1_000_000_000n), 4);
  }

  /** Writes complete values. */
  raw(values: Uint8Array): this {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
    return this;
  }

  #head(count: number, fixed: number, maxFixed: number, [short, long]: readonly [number, number]): this {
    if (count <= maxFixed) return this.#byte(fixed | count);
    if (count <= 0xffff) return this.#byte(short).#unsigned(count, 2);
    return this.#byte(long).#unsigned(count, 4);
  }

  #byte(byte: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
    return this;
  }

  #unsigned(value: number, size: 1 | 2 | 4): this {
    this.#reserve(size);
    this.#length = this.#bytes.writeUIntBE(value, this.#length, size);
    return this;
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + size));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
