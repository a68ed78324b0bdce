import { OutputTooLargeError } from '../output-too-large.ts';
import { xxHash32 } from './xxhash32.ts';

/** Maximum ratio of output to input: each extra length byte adds at most 255 bytes of output. */
export const LZ4_MAX_RATIO = 255;

export const FRAME_MAGIC = 0x184d2204;
/** The lowest four bits of a skippable frame's magic number are arbitrary. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Frame descriptor flag bits. */
const INDEPENDENT = 0x20;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const RESERVED = 0x02;
const DICTIONARY = 0x01;

interface Frame {
  readonly flags: number;
  readonly maxBlockBytes: number;
  readonly contentBytes: number | undefined;
  /** Offset of the first block. */
  readonly start: number;
}

/** Returns the output size declared by a single-frame body, or `undefined` if it declares none or an impossible one. */
export function lz4Claim(input: Uint8Array): number | undefined {
  try {
    const size = readFrame(input, viewOf(input), 0).contentBytes;
    return size !== undefined && size <= input.length * LZ4_MAX_RATIO ? size : undefined;
  } catch {
    return undefined;
  }
}

/** Decompresses one or more LZ4 frames. Throws an error if the body is malformed or the output exceeds the limit. */
export function decompressLz4(input: Uint8Array, maxBytes: number): Buffer {
  const view = viewOf(input);
  const output = Buffer.allocUnsafeSlow(Math.min(maxBytes, input.length * LZ4_MAX_RATIO));
  let read = 0;
  let write = 0;
  do {
    if (isSkippable(view, read)) {
      read += 8 + view.getUint32(read + 4, true);
      if (read > input.length) throw new Error('truncated skippable frame');
    } else ({ read, write } = decodeFrame(input, view, read, output, write));
  } while (read < input.length);
  return output.subarray(0, write);
}

function isSkippable(view: DataView, at: number): boolean {
  return at + 8 <= view.byteLength && view.getUint32(at, true) >>> 4 === SKIPPABLE_MAGIC >>> 4;
}

function decodeFrame(input: Uint8Array, view: DataView, at: number, output: Uint8Array, from: number) {
  const frame = readFrame(input, view, at);
  const { read, write } = readBlocks(frame, input, view, output, from);
  if (frame.contentBytes !== undefined && frame.contentBytes !== write - from) throw new Error('wrong content size');
  if ((frame.flags & CONTENT_CHECKSUM) === 0) return { read, write };
  check(input, view, read, xxHash32(output, from, write));
  return { read: read + 4, write };
}

function readFrame(input: Uint8Array, view: DataView, at: number): Frame {
  if (at + 7 > input.length || view.getUint32(at, true) !== FRAME_MAGIC) throw new Error('expected an LZ4 frame');
  const flags = input[at + 4] ?? 0;
  const maxBlock = ((input[at + 5] ?? 0) >> 4) & 7;
  if (flags >> 6 !== 1 || (flags & RESERVED) !== 0 || maxBlock < 4) throw new Error('unknown frame format');
  if ((flags & DICTIONARY) !== 0) throw new Error('expected a frame without a dictionary');
  const hasSize = (flags & CONTENT_SIZE) !== 0;
  const checksumAt = at + 6 + (hasSize ? 8 : 0);
  if (checksumAt >= input.length) throw new Error('truncated frame');
  if (((xxHash32(input, at + 4, checksumAt) >>> 8) & 0xff) !== input[checksumAt])
    throw new Error('checksum mismatch of a frame');
  const contentBytes = hasSize ? view.getUint32(at + 6, true) + view.getUint32(at + 10, true) * 2 ** 32 : undefined;
  return { flags, maxBlockBytes: 4 ** maxBlock * 256, contentBytes, start: checksumAt + 1 };
}

function readBlocks(frame: Frame, input: Uint8Array, view: DataView, output: Uint8Array, at: number) {
  const { flags, maxBlockBytes, start } = frame;
  const decoder = new BlockDecoder(input, output);
  let read = start;
  let write = at;
  for (;;) {
    if (read + 4 > input.length) throw new Error('truncated frame');
    const head = view.getUint32(read, true);
    read += 4;
    if (head === 0) return { read, write };
    const size = head & 0x7fffffff;
    const end = read + size;
    if (end > input.length || size > maxBlockBytes) throw new Error('truncated block');
    const limit = Math.min(output.length, write + maxBlockBytes);
    const base = (flags & INDEPENDENT) === 0 ? at : write;
    if (head >>> 31 === 0) write = decoder.decode(read, end, write, base, limit);
    else {
      if (write + size > limit) throw new OutputTooLargeError();
      output.set(input.subarray(read, end), write);
      write += size;
    }
    if ((flags & BLOCK_CHECKSUM) !== 0) {
      check(input, view, end, xxHash32(input, read, end));
      read = end + 4;
    } else read = end;
  }
}

function check(input: Uint8Array, view: DataView, at: number, expected: number): void {
  if (at + 4 > input.length) throw new Error('truncated checksum');
  if (view.getUint32(at, true) !== expected) throw new Error('checksum mismatch');
}

/** Decodes blocks. Holds the offsets between the steps of a sequence. */
class BlockDecoder {
  readonly #input: Uint8Array;
  readonly #output: Uint8Array;
  #read = 0;
  #end = 0;
  #write = 0;
  #limit = 0;

  constructor(input: Uint8Array, output: Uint8Array) {
    this.#input = input;
    this.#output = output;
  }

  /**
   * Decodes the block `input[start, end)` to offset `at` and returns the offset after its output. Matches reach back to
   * `base`. Throws if the output exceeds `limit`, the end of the block or of the whole output.
   */
  decode(start: number, end: number, at: number, base: number, limit: number): number {
    [this.#read, this.#end, this.#write, this.#limit] = [start, end, at, limit];
    for (;;) {
      if (this.#read >= end) throw new Error('truncated block');
      const token = this.#input[this.#read++] ?? 0;
      this.#copyLiterals(this.#lengthFrom(token >> 4));
      if (this.#read === end) return this.#write;
      const offset = (this.#input[this.#read] ?? 0) + (this.#input[this.#read + 1] ?? 0) * 256;
      this.#read += 2;
      if (this.#read > end || offset === 0 || offset > this.#write - base) throw new Error('invalid offset');
      this.#copyMatch(offset, this.#lengthFrom(token & 15) + 4);
    }
  }

  /** Reads the length in a token, including its continuation bytes. */
  #lengthFrom(start: number): number {
    let length = start;
    if (start < 15) return length;
    for (let more = 255; more === 255; length += more) {
      if (this.#read >= this.#end) throw new Error('truncated length');
      more = this.#input[this.#read++] ?? 0;
    }
    return length;
  }

  #copyLiterals(size: number): void {
    if (this.#read + size > this.#end) throw new Error('truncated literals');
    if (this.#write + size > this.#limit) throw new OutputTooLargeError();
    this.#output.set(this.#input.subarray(this.#read, this.#read + size), this.#write);
    this.#read += size;
    this.#write += size;
  }

  #copyMatch(offset: number, size: number): void {
    const output = this.#output;
    const write = this.#write;
    if (write + size > this.#limit) throw new OutputTooLargeError();
    if (offset >= size) output.copyWithin(write, write - offset, write - offset + size);
    else for (let index = write; index < write + size; index++) output[index] = output[index - offset] ?? 0;
    this.#write = write + size;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
