import { encodeFragments, encodeFragmentsInTurns, FRAGMENT_BYTES } from '../fragments.ts';
import { FRAME_MAGIC } from './decode.ts';
import { xxHash32 } from './xxhash32.ts';

/** Compresses a body into one LZ4 frame of independent blocks that declares its content size. */
export function compressLz4(input: Uint8Array): Buffer {
  const output = startFrame(input);
  return endFrame(encodeFragments(input, encodeBlock, output, HEADER_BYTES), output);
}

/** Like `compressLz4`, but yields to other work in between. */
export async function compressLz4InTurns(input: Uint8Array): Promise<Buffer> {
  const output = startFrame(input);
  return endFrame(await encodeFragmentsInTurns(input, encodeBlock, output, HEADER_BYTES), output);
}

const HEADER_BYTES = 15;
/** Version 1, independent blocks, content size; blocks of at most 64 KiB. */
const FLAGS = 0x68;
const MAX_BLOCK = 0x40;
const UNCOMPRESSED = 0x80000000;
/** Bytes that the encoder may write beyond the size of an incompressible block, plus the end of the frame. */
const SPARE_BYTES = 1024;

function startFrame(input: Uint8Array): Buffer {
  const blocks = Math.ceil(input.length / FRAGMENT_BYTES);
  const output = Buffer.allocUnsafeSlow(HEADER_BYTES + input.length + blocks * 4 + SPARE_BYTES);
  output.writeUInt32LE(FRAME_MAGIC, 0);
  output[4] = FLAGS;
  output[5] = MAX_BLOCK;
  output.writeUInt32LE(input.length % 2 ** 32, 6);
  output.writeUInt32LE(Math.floor(input.length / 2 ** 32), 10);
  output[14] = xxHash32(output, 4, 14) >>> 8;
  return output;
}

function endFrame(written: Buffer, output: Buffer): Buffer {
  output.writeUInt32LE(0, written.length);
  return output.subarray(0, written.length + 4);
}

function encodeBlock(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  const head = new DataView(output.buffer, output.byteOffset + at, 4);
  const next = encodeSequences(input, start, end, output, at + 4);
  const size = next - at - 4;
  if (size < end - start) {
    head.setUint32(0, size, true);
    return next;
  }
  head.setUint32(0, (end - start + UNCOMPRESSED) >>> 0, true);
  output.set(input.subarray(start, end), at + 4);
  return at + 4 + end - start;
}

const HASH_BITS = 14;
const POSITIONS = new Uint16Array(1 << HASH_BITS);
/** The last match begins at least 12 bytes before the end, and the last 5 bytes are literals. */
const MATCH_MARGIN = 12;
const LAST_LITERALS = 5;

/** Greedy matching with one candidate per hash of four bytes. */
function encodeSequences(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  POSITIONS.fill(0);
  let write = at;
  let literal = start;
  let read = start + 1;
  let misses = 64;
  while (read < end - MATCH_MARGIN) {
    const four = read4(input, read);
    const slot = Math.imul(four, 0x9e3779b1) >>> (32 - HASH_BITS);
    const candidate = start + (POSITIONS[slot] ?? 0);
    POSITIONS[slot] = read - start;
    if (read4(input, candidate) !== four) {
      // Skips through incompressible data at an increasing rate.
      read += misses++ >> 6;
      continue;
    }
    misses = 64;
    let size = 4;
    while (read + size < end - LAST_LITERALS && input[candidate + size] === input[read + size]) size++;
    write = writeSequence(input, literal, read, output, write, size - 4);
    output[write++] = (read - candidate) & 0xff;
    output[write++] = (read - candidate) >> 8;
    write = writeRest(size - 4, output, write);
    read += size;
    literal = read;
  }
  return writeSequence(input, literal, end, output, write, 0);
}

function read4(input: Uint8Array, at: number): number {
  return (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16) | ((input[at + 3] ?? 0) << 24);
}

function writeSequence(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  at: number,
  matchSize: number,
): number {
  const literals = end - start;
  output[at] = (Math.min(literals, 15) << 4) | Math.min(matchSize, 15);
  const write = writeRest(literals, output, at + 1);
  output.set(input.subarray(start, end), write);
  return write + literals;
}

/** Writes the part of a length that does not fit in the token. */
function writeRest(length: number, output: Uint8Array, at: number): number {
  if (length < 15) return at;
  let write = at;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) output[write++] = 255;
  output[write++] = rest;
  return write;
}
