import type { RowBlock } from './block.ts';
import { flaggedRows, type RowList } from './selection.ts';
import { NotScannableError } from './value-tests.ts';

/** A trace with the start of its first matching span. */
export interface TraceTime {
  readonly traceId: string;
  readonly time: bigint;
}

/** A range of times as `start <= time < end`. */
export interface TimeRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** The times of rows, of which `only` may be needed, as word pairs. */
export function timesOf(block: RowBlock, column: string, only?: RowList): Uint32Array {
  const times = block.column(column, only);
  if (times?.kind !== 'words64') throw new NotScannableError(`expected the column ${column}`);
  return times.words;
}

/** Selects the rows in one of some ranges. */
export function selectRanges(words: Uint32Array, ranges: readonly TimeRange[]): RowList {
  const selected = new Uint8Array(words.length / 2);
  for (const range of ranges) addRange(words, range, selected);
  return flaggedRows(selected);
}

function addRange(words: Uint32Array, { start, end }: TimeRange, selected: Uint8Array): void {
  const [startHigh, startLow] = wordsOf(start);
  const [endHigh, endLow] = wordsOf(end);
  for (let row = 0; row < selected.length; row++) {
    const low = words[row * 2];
    const high = words[row * 2 + 1] | 0;
    const isFrom = high > startHigh || (high === startHigh && low >= startLow);
    const isBefore = high < endHigh || (high === endHigh && low < endLow);
    if (isFrom && isBefore) selected[row] = 1;
  }
}

/** Returns the signed upper and unsigned lower word of a number, limited to 64 bits. */
function wordsOf(nanos: bigint): readonly [number, number] {
  const held = nanos < -(2n ** 63n) ? -(2n ** 63n) : nanos >= 2n ** 63n ? 2n ** 63n - 1n : nanos;
  return [Number(held >> 32n), Number(held & 0xffff_ffffn)];
}

/** The newest traces among some rows. */
export interface NewestTraces {
  /** Traces by the start of their first row, newest first. Equal traces may be several entries of a block. */
  readonly traces: readonly TraceTime[];
  /** Number of traces, of which there may be more than in `traces`. */
  readonly total: number;
}

/** Returns the traces of the selected rows, at most `limit`. Rows without a trace are ignored. */
export function newestOf(block: RowBlock, words: Uint32Array, selected: RowList, limit: number): NewestTraces {
  const [first] = selected;
  if (first === undefined) return { traces: [], total: 0 };
  const { refs, count, idOf } = block.traces(selected);
  const earliest = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY);
  // Times relative to a row: exact up to 104 days.
  const [low, high] = [words[first * 2], words[first * 2 + 1] | 0];
  const found: number[] = [];
  for (let i = 0; i < selected.length; i++) {
    const row = selected[i];
    const ref = refs[row];
    if (ref === 0) continue;
    const time = ((words[row * 2 + 1] | 0) - high) * 2 ** 32 + (words[row * 2] - low);
    if (Math.abs(time) > Number.MAX_SAFE_INTEGER) throw new NotScannableError('expected times within 104 days');
    if (earliest[ref] === Number.POSITIVE_INFINITY) found.push(ref);
    if (time < earliest[ref]) earliest[ref] = time;
  }
  const base = (BigInt(high) << 32n) + BigInt(low);
  found.sort((a, b) => earliest[b] - earliest[a]);
  const traces = found.slice(0, limit).map((ref) => ({ traceId: idOf(ref), time: base + BigInt(earliest[ref]) }));
  return { traces, total: found.length };
}
