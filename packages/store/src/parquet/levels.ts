import type { ByteWriter } from './byte-writer.ts';
import { writeHybrid, writeRun } from './hybrid.ts';
import { Scratch } from './scratch.ts';

const scratch = new Scratch();

/** Presence of values in a chunk's rows: 1 or 0 per row, or `undefined` if all rows have one. */
export type Levels = Uint32Array | undefined;

/**
 * Returns the levels of rows that have a value where `flags` is nonzero, and the number of values. The levels are valid
 * until the next call.
 */
export function levelsOf(flags: Uint8Array | Uint32Array): { readonly levels: Levels; readonly present: number } {
  const rows = flags.length;
  if (flags.indexOf(0) < 0) return { levels: undefined, present: rows };
  let present = 0;
  for (let i = 0; i < rows; i++) if (flags[i] !== 0) present++;
  const levels = scratch.take(rows);
  for (let i = 0; i < rows; i++) levels[i] = flags[i] === 0 ? 0 : 1;
  return { levels, present };
}

/**
 * Writes a page's definition levels (V1: length, then the hybrid encoding) and returns how many of its rows have a
 * value.
 */
export function writeLevels(out: ByteWriter, levels: Levels, from: number, to: number): number {
  const start = out.length;
  out.uint32(0);
  let present = to - from;
  if (levels === undefined) {
    writeRun(out, 1, present, 1);
  } else {
    writeHybrid(out, levels, from, to, 1);
    present = 0;
    for (let i = from; i < to; i++) present += levels[i];
  }
  setLength(out, start);
  return present;
}

/** Writes a section's length into the four bytes reserved at `start`. */
export function setLength(out: ByteWriter, start: number): void {
  const length = out.length - start - 4;
  out.bytes[start] = length;
  out.bytes[start + 1] = length >>> 8;
  out.bytes[start + 2] = length >>> 16;
  out.bytes[start + 3] = length >>> 24;
}
