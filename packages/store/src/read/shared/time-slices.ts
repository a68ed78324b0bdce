import type { RangeQuery } from '../../contract.ts';
import type { StoredFile } from '../../write/protocol.ts';
import type { Files } from './files.ts';
import { earlier, later } from './times.ts';

/** Approximate number of rows in each slice, as a multiple of the number up to which all are read. The last repeats. */
const SLICE_SIZES = [0.04, 0.4, 1.6, 4] as const;

/** A part of a query's range, with the files that may have rows in it. */
export interface TimeSlice {
  readonly start: bigint;
  readonly end: bigint;
  readonly files: Files;
  /** Whether no other slice follows. */
  readonly isLast: boolean;
}

/**
 * Divides a query's range into slices from the newest (or oldest) rows on, so that a query for the first rows can stop
 * early. The first slice has few rows, and slices grow, because a query that did not stop will probably need most rows.
 */
export function* timeSlices(
  files: Files,
  range: RangeQuery,
  order: 'newest' | 'oldest',
  countedRows: number,
): Generator<TimeSlice> {
  const present = files.overlapping(range.start, range.end);
  if (present.isEmpty) return;
  const first = present.all.map(({ minTime }) => minTime).reduce(earlier);
  const last = present.all.map(({ maxTime }) => maxTime).reduce(later);
  const start = later(first, range.start);
  const end = earlier(last + 1n, range.end);
  const spans = present.all.map((file) => spanOf(file, start));
  // Positions are distances from the edge at which reading starts.
  const length = Number(end - start);
  let from = 0;
  let rows = 0;
  for (let index = 0; from < length; index++) {
    rows += countedRows * (SLICE_SIZES[Math.min(index, SLICE_SIZES.length - 1)] ?? 0);
    const to = Math.max(from + 1, distanceOf(rows, spans, length, order));
    const slice =
      order === 'newest'
        ? { start: to >= length ? start : end - BigInt(Math.round(to)), end: end - BigInt(Math.round(from)) }
        : { start: start + BigInt(Math.round(from)), end: to >= length ? end : start + BigInt(Math.round(to)) };
    from = to;
    const overlapping = present.overlapping(slice.start, slice.end);
    const isLast = to >= length;
    if (isLast || (!overlapping.isEmpty && slice.start < slice.end)) yield { ...slice, files: overlapping, isLast };
  }
}

/** A file's rows as if they were evenly distributed over its time range, relative to the start of the range. */
interface Span {
  readonly from: number;
  readonly length: number;
  readonly rows: number;
}

function spanOf({ minTime, maxTime, rows }: StoredFile, start: bigint): Span {
  return { from: Number(minTime - start), length: Number(maxTime - minTime) + 1, rows };
}

/** Returns the distance from the edge within which about `rows` rows lie. */
function distanceOf(rows: number, spans: readonly Span[], length: number, order: 'newest' | 'oldest'): number {
  let low = 0;
  let high = length;
  while (high - low > 1 + high / 1000) {
    const middle = (low + high) / 2;
    if (rowsWithin(middle, spans, length, order) < rows) low = middle;
    else high = middle;
  }
  return Math.ceil(high);
}

function rowsWithin(distance: number, spans: readonly Span[], length: number, order: 'newest' | 'oldest'): number {
  const [from, to] = order === 'newest' ? [length - distance, length] : [0, distance];
  let sum = 0;
  for (const span of spans) {
    const covered = Math.min(to, span.from + span.length) - Math.max(from, span.from);
    if (covered > 0) sum += (span.rows * covered) / span.length;
  }
  return sum;
}
