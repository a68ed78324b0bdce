import type { ByteWriter } from './byte-writer.ts';

/** Returns the number of bits needed for numbers up to `max`. */
export function bitWidth(max: number): number {
  return max === 0 ? 0 : 32 - Math.clz32(max);
}

/**
 * Writes `values[from..to)` in Parquet's RLE/bit-packing hybrid encoding (Encodings.md, "RLE = 3"): eight or more equal
 * values as a run, others bit-packed in groups of eight. `width` is at most 24 bits. `bias` is subtracted from each
 * value.
 */
export function writeHybrid(
  out: ByteWriter,
  values: Uint32Array,
  from: number,
  to: number,
  width: number,
  bias = 0,
): void {
  if (width === 0) {
    if (to > from) writeRun(out, 0, to - from, 0);
    return;
  }
  let i = from;
  while (i < to) {
    const value = values[i];
    let end = i + 1;
    while (end < to && values[end] === value) end++;
    if (end - i >= 8 || end === to) {
      writeRun(out, value - bias, end - i, width);
      i = end;
      continue;
    }
    end = i + 8;
    while (end < to && !startsRun(values, end, to)) end += 8;
    if (end > to) end = to;
    writePacked(out, values, i, end, width, bias);
    i = end;
  }
}

/** Writes a run of `count` equal values. */
export function writeRun(out: ByteWriter, value: number, count: number, width: number): void {
  out.varint(count * 2);
  for (let bits = 0; bits < width; bits += 8) out.byte(value >>> bits);
}

function startsRun(values: Uint32Array, at: number, to: number): boolean {
  if (at + 8 > to) return false;
  const value = values[at];
  for (let k = 1; k < 8; k++) if (values[at + k] !== value) return false;
  return true;
}

function writePacked(
  out: ByteWriter,
  values: Uint32Array,
  from: number,
  to: number,
  width: number,
  bias: number,
): void {
  const groups = (to - from + 7) >>> 3;
  out.varint(groups * 2 + 1);
  const size = groups * width;
  out.reserve(size);
  const { bytes, dataView: view } = out;
  let at = out.length;
  const end = at + size;
  let pending = 0;
  let pendingBits = 0;
  for (let i = from; i < to; i++) {
    const value = values[i] - bias;
    pending |= value << pendingBits;
    pendingBits += width;
    if (pendingBits < 32) continue;
    view.setInt32(at, pending, true);
    at += 4;
    pendingBits -= 32;
    // A shift by 32 would be one by 0.
    pending = pendingBits === 0 ? 0 : value >>> (width - pendingBits);
  }
  // The last group is zero-padded to eight values.
  while (at < end) {
    bytes[at] = pending;
    at += 1;
    pending >>>= 8;
  }
  out.length = end;
}
