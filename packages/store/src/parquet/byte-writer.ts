/** Maximum size up to which a buffer doubles, and of a buffer that a writer retains for its next value, in bytes. */
const LARGE_BYTES = 1 << 20;
/**
 * Size from which an outgrown buffer is freed immediately, in bytes. Smaller ones are left to the garbage collector:
 * detaching makes V8 check every later access to typed arrays of the thread, and ordinary telemetry needs no such
 * buffers.
 */
const FREED_BYTES = 8 << 20;

/** A growing buffer for encoders. `bytes` is valid up to `length` and until the next write. */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;
  #view: DataView | undefined;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  /** A view of `bytes`, valid as long as them. */
  get dataView(): DataView {
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.#view;
  }

  /** Ensures capacity for `count` more bytes. Encoders call it once and then write into `bytes` directly. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const size = this.bytes.length;
    const grown = new Uint8Array(Math.max(needed, size < LARGE_BYTES ? size * 2 : size + (size >>> 1)));
    grown.set(this.bytes.subarray(0, this.length));
    freeIfHuge(this.bytes);
    this.bytes = grown;
    this.#view = undefined;
  }

  /** Empties the writer. Frees the buffer if a large value made it grow, because other values are small. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length <= LARGE_BYTES) return;
    freeIfHuge(this.bytes);
    this.bytes = new Uint8Array(1024);
    this.#view = undefined;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  uint32(value: number): void {
    this.reserve(4);
    this.bytes[this.length++] = value;
    this.bytes[this.length++] = value >>> 8;
    this.bytes[this.length++] = value >>> 16;
    this.bytes[this.length++] = value >>> 24;
  }

  /** Writes an unsigned LEB128 number below 2^53. */
  varint(value: number): void {
    this.reserve(8);
    while (value > 0x7f) {
      this.bytes[this.length++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    this.bytes[this.length++] = value;
  }

  append(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** Returns a copy of the written bytes, without spare capacity. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** Returns a view of the written bytes, valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

function freeIfHuge({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > FREED_BYTES) buffer.transfer(0);
}
