import { encodeFragments, encodeFragmentsInTurns, FRAGMENT_BYTES } from '../fragments.ts';
import { maskedCrc32c } from './crc32c.ts';
import { STREAM_IDENTIFIER } from './decode.ts';

/** Compresses a body into the block format. */
export function compressSnappy(input: Uint8Array): Buffer {
  const output = Buffer.allocUnsafeSlow(maxSize(input.length));
  return encodeFragments(input, encodeFragment, output, writeLength(input.length, output, 0));
}

/** Like `compressSnappy`, but yields to other work in between. */
export async function compressSnappyInTurns(input: Uint8Array): Promise<Buffer> {
  const output = Buffer.allocUnsafeSlow(maxSize(input.length));
  return encodeFragmentsInTurns(input, encodeFragment, output, writeLength(input.length, output, 0));
}

/** Compresses a body into the framing format, with checksums. */
export function compressFramedSnappy(input: Uint8Array): Buffer {
  const output = startFramed(input);
  return encodeFragments(input, encodeChunk, output, STREAM_IDENTIFIER.length);
}

/** Like `compressFramedSnappy`, but yields to other work in between. */
export async function compressFramedSnappyInTurns(input: Uint8Array): Promise<Buffer> {
  const output = startFramed(input);
  return encodeFragmentsInTurns(input, encodeChunk, output, STREAM_IDENTIFIER.length);
}

function startFramed(input: Uint8Array): Buffer {
  const chunks = Math.ceil(input.length / FRAGMENT_BYTES);
  const output = Buffer.allocUnsafeSlow(maxSize(input.length) + STREAM_IDENTIFIER.length + 16 * chunks);
  output.set(STREAM_IDENTIFIER);
  return output;
}

/** The same upper bound as `MaxCompressedLength` in the reference implementation. */
function maxSize(length: number): number {
  return 32 + length + Math.ceil(length / 6);
}

function encodeChunk(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  const next = encodeFragment(input, start, end, output, writeLength(end - start, output, at + 8));
  const size = next - at - 4;
  const head = new DataView(output.buffer, output.byteOffset + at, 8);
  // Type 0, a compressed chunk, in the lowest byte.
  head.setUint32(0, size * 256, true);
  head.setUint32(4, maskedCrc32c(input, start, end), true);
  return next;
}

function writeLength(length: number, output: Uint8Array, at: number): number {
  let rest = length;
  let position = at;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) output[position++] = (rest & 0x7f) | 0x80;
  output[position++] = rest;
  return position;
}

const HASH_BITS = 14;
const POSITIONS = new Uint16Array(1 << HASH_BITS);

/** Greedy matching with one candidate per hash of four bytes, as in the reference implementation. */
function encodeFragment(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  POSITIONS.fill(0);
  let write = at;
  let literal = start;
  let read = start + 1;
  const last = end - 15;
  let misses = 32;
  while (read < last) {
    const four = read4(input, read);
    const slot = Math.imul(four, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = start + (POSITIONS[slot] ?? 0);
    POSITIONS[slot] = read - start;
    if (candidate >= read || read4(input, candidate) !== four) {
      // Skips through incompressible data at an increasing rate.
      read += misses++ >> 5;
      continue;
    }
    misses = 32;
    write = writeLiteral(input, literal, read, output, write);
    let size = 4;
    while (read + size < end && input[candidate + size] === input[read + size]) size++;
    write = writeCopy(read - candidate, size, output, write);
    read += size;
    literal = read;
  }
  return writeLiteral(input, literal, end, output, write);
}

function read4(input: Uint8Array, at: number): number {
  return (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16) | ((input[at + 3] ?? 0) << 24);
}

function writeLiteral(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  if (start >= end) return at;
  const size = end - start - 1;
  let write = at;
  if (size < 60) output[write++] = size << 2;
  else {
    output[write++] = (size < 256 ? 60 : 61) << 2;
    output[write++] = size & 0xff;
    if (size >= 256) output[write++] = size >> 8;
  }
  output.set(input.subarray(start, end), write);
  return write + end - start;
}

function writeCopy(offset: number, length: number, output: Uint8Array, at: number): number {
  let write = at;
  let rest = length;
  while (rest > 0) {
    // Leaves at least four bytes, because shorter copies cannot use a one-byte offset.
    const size = rest > 64 ? Math.min(64, rest - 4) : rest;
    if (size >= 4 && size < 12 && offset < 2048) {
      output[write++] = ((offset >> 8) << 5) | ((size - 4) << 2) | 1;
      output[write++] = offset & 0xff;
    } else {
      output[write++] = ((size - 1) << 2) | 2;
      output[write++] = offset & 0xff;
      output[write++] = offset >> 8;
    }
    rest -= size;
  }
  return write;
}
