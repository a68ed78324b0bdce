import { OutputTooLargeError } from '../output-too-large.ts';
import { maskedCrc32c } from './crc32c.ts';

/** Maximum ratio of output to input: a three-byte element copies at most 64 bytes. */
export const SNAPPY_MAX_RATIO = 22;

const MAX_CHUNK_BYTES = 65_536;
/** The stream identifier: type, length 6, `sNaPpY`. */
export const STREAM_IDENTIFIER = Uint8Array.of(0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59);

/** Reports whether a body uses the framing format. Senders use the name `snappy` for both formats. */
export function isFramed(input: Uint8Array): boolean {
  return STREAM_IDENTIFIER.every((byte, index) => input[index] === byte);
}

/**
 * Returns the output size declared by a body of either format, or `undefined` if it declares none or an impossible one.
 */
export function snappyClaim(input: Uint8Array): number | undefined {
  const size = isFramed(input) ? framedClaim(input) : readLength(input, 0, input.length)?.value;
  return size !== undefined && size <= input.length * SNAPPY_MAX_RATIO ? size : undefined;
}

/** Decompresses a body in either format. Throws an error if the body is malformed or the output exceeds the limit. */
export function decompressSnappy(input: Uint8Array, maxBytes: number): Buffer {
  return isFramed(input) ? decompressFramedSnappy(input, maxBytes) : decompressBlock(input, maxBytes);
}

/**
 * Decompresses a body in the framing format. Throws an error if the body is malformed or the output exceeds the limit.
 */
export function decompressFramedSnappy(input: Uint8Array, maxBytes: number): Buffer {
  if (!isFramed(input)) throw new Error('expected a snappy stream identifier');
  const size = framedClaim(input) ?? 0;
  if (size > maxBytes) throw new OutputTooLargeError();
  const output = Buffer.allocUnsafeSlow(size);
  let written = 0;
  for (const { type, start, end } of chunksOf(input)) {
    if (type > COMPRESSED && type !== UNCOMPRESSED) continue;
    const from = written;
    if (type === COMPRESSED) written = decodeBlock(input, start + 4, end, output, written);
    else {
      output.set(input.subarray(start + 4, end), written);
      written += end - start - 4;
    }
    const view = new DataView(input.buffer, input.byteOffset + start, 4);
    if (view.getUint32(0, true) !== maskedCrc32c(output, from, written)) throw new Error('checksum mismatch');
  }
  return output;
}

function decompressBlock(input: Uint8Array, maxBytes: number): Buffer {
  const length = readLength(input, 0, input.length);
  if (length === undefined || length.value > input.length * SNAPPY_MAX_RATIO) throw new Error('invalid length');
  if (length.value > maxBytes) throw new OutputTooLargeError();
  const output = Buffer.allocUnsafeSlow(length.value);
  decodeBlock(input, 0, input.length, output, 0);
  return output;
}

/** Chunk types of the framing format. */
const COMPRESSED = 0;
const UNCOMPRESSED = 1;
const FIRST_SKIPPABLE = 0x80;

/** Yields the chunks of a framed body. Throws an error for a chunk that is incomplete or unskippable. */
function* chunksOf(
  input: Uint8Array,
): Generator<{ readonly type: number; readonly start: number; readonly end: number }> {
  for (let at = 0; at < input.length; ) {
    if (at + 4 > input.length) throw new Error('truncated chunk');
    const type = input[at] ?? 0;
    const start = at + 4;
    const end = start + (input[at + 1] ?? 0) + (input[at + 2] ?? 0) * 256 + (input[at + 3] ?? 0) * 65_536;
    if (end > input.length) throw new Error('truncated chunk');
    if (type > UNCOMPRESSED && type < FIRST_SKIPPABLE) throw new Error(`unknown chunk type ${type}`);
    if (type <= UNCOMPRESSED && end - start < 4) throw new Error('truncated chunk');
    yield { type, start, end };
    at = end;
  }
}

function framedClaim(input: Uint8Array): number | undefined {
  let sum = 0;
  try {
    for (const { type, start, end } of chunksOf(input)) {
      if (type > UNCOMPRESSED) continue;
      const size = type === COMPRESSED ? readLength(input, start + 4, end)?.value : end - start - 4;
      if (size === undefined || size > MAX_CHUNK_BYTES) throw new Error('invalid length of a chunk');
      sum += size;
    }
  } catch {
    return undefined;
  }
  return sum;
}

/** Reads the length at the start of a block: a varint of at most 32 bits. */
function readLength(
  input: Uint8Array,
  start: number,
  end: number,
): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let index = 0; index < 5 && start + index < end; index++) {
    const byte = input[start + index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value > 0xffffffff ? undefined : { value, next: start + index + 1 };
  }
  return undefined;
}

/** Decodes the block `input[start, end)` to offset `at` and returns the offset after its output. */
function decodeBlock(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  const length = readLength(input, start, end);
  if (length === undefined || at + length.value > output.length) throw new Error('invalid length');
  const block = new Block(input.subarray(0, end), length.next, output.subarray(0, at + length.value), at);
  block.decode();
  return at + length.value;
}

/** Decodes the elements of a block. Holds the offsets between them. */
class Block {
  readonly #input: Uint8Array;
  readonly #output: Uint8Array;
  readonly #start: number;
  #read: number;
  #write: number;

  constructor(input: Uint8Array, read: number, output: Uint8Array, write: number) {
    this.#input = input;
    this.#output = output;
    this.#read = read;
    this.#start = write;
    this.#write = write;
  }

  /** Decodes until the input and the output both end. */
  decode(): void {
    while (this.#read < this.#input.length) {
      const tag = this.#input[this.#read++] ?? 0;
      const type = tag & 3;
      if (type === 0) this.#copyLiteral(this.#literalSize(tag >> 2));
      else if (type === 1) this.#copy(((tag >> 2) & 7) + 4, (tag >> 5) * 256 + this.#readNumber(1));
      else this.#copy((tag >> 2) + 1, this.#readNumber(type === 2 ? 2 : 4));
    }
    if (this.#write !== this.#output.length) throw new Error('truncated block');
  }

  /** Literal sizes from 61 on are encoded in the one to four bytes after the tag. */
  #literalSize(size: number): number {
    return (size < 60 ? size : this.#readNumber(size - 59)) + 1;
  }

  #readNumber(bytes: number): number {
    if (this.#read + bytes > this.#input.length) throw new Error('truncated element');
    let value = 0;
    for (let index = bytes - 1; index >= 0; index--) value = value * 256 + (this.#input[this.#read + index] ?? 0);
    this.#read += bytes;
    return value;
  }

  #copyLiteral(size: number): void {
    const end = this.#read + size;
    if (end > this.#input.length || this.#write + size > this.#output.length) throw new Error('invalid literal');
    this.#output.set(this.#input.subarray(this.#read, end), this.#write);
    this.#read = end;
    this.#write += size;
  }

  #copy(size: number, offset: number): void {
    const output = this.#output;
    const write = this.#write;
    if (offset === 0 || offset > write - this.#start || write + size > output.length) throw new Error('invalid copy');
    if (offset >= size) output.copyWithin(write, write - offset, write - offset + size);
    else for (let index = write; index < write + size; index++) output[index] = output[index - offset] ?? 0;
    this.#write = write + size;
  }
}
