import type { Signal } from '@otelier/otlp';
import { TIME_COLUMN } from '../../schema.ts';
import type { StoredFile } from '../../write/protocol.ts';
import { Files } from '../shared/files.ts';
import { rangeConditions } from '../shared/steps.ts';
import { earlier, later } from '../shared/times.ts';
import type { SummaryRange, SummarySource } from './protocol.ts';

/** Rows to read because no summary has them in the query's steps. */
export interface RowPart {
  readonly files: Files;
  readonly ranges: readonly { readonly start: bigint; readonly end: bigint }[];
}

/** Which parts of a query's files are taken from summaries and which from rows. */
export interface SummaryPlan {
  readonly sources: readonly SummarySource[];
  readonly rows: readonly RowPart[];
}

/**
 * Share of a file's cells that a step boundary may divide. With more, its rows are read instead, once, because reading
 * most of them in parts would not be faster.
 */
const MAX_DIVIDED = 0.5;

/**
 * Plans a query over files that may have rows in its range. A cell is taken from a summary if all its rows are in one
 * step, and from rows if a step boundary or an end of the range divides it. `sections` are the parts that a summary
 * must have. Every row in the range is counted exactly once.
 */
export function planSummaries(files: Files, range: SummaryRange, sections: number): SummaryPlan {
  const sources: SummarySource[] = [];
  const rows = new Map<string, { readonly files: StoredFile[]; readonly ranges: RowPart['ranges'] }>();
  const read = (file: StoredFile, ranges: RowPart['ranges']): void => {
    const key = ranges.map(({ start, end }) => `${start}-${end}`).join();
    const part = rows.get(key);
    if (part === undefined) rows.set(key, { files: [file], ranges });
    else part.files.push(file);
  };
  for (const file of files.overlapping(range.start, range.end).all) {
    const { summary } = file;
    if (summary === undefined || (summary.sections & sections) !== sections) {
      read(file, [range]);
      continue;
    }
    const cell = BigInt(summary.cellSeconds) * 1_000_000_000n;
    const divided = dividedCells(file, cell, range);
    const cells = Number((later(file.maxTime, range.start) - later(file.minTime, range.start)) / cell) + 1;
    if (divided.length > cells * MAX_DIVIDED) {
      read(file, [range]);
      continue;
    }
    const { path, minTime, maxTime } = file;
    const { offset, length } = summary;
    sources.push({ path, offset, length, skip: divided.map(Number), minTime, maxTime });
    const ranges = divided.map((number) => ({
      start: later(number * cell, range.start),
      end: earlier((number + 1n) * cell, range.end),
    }));
    if (ranges.length > 0) read(file, ranges);
  }
  return { sources, rows: [...rows.values()].map((part) => ({ files: new Files(part.files), ranges: part.ranges })) };
}

/** Returns SQL conditions that select the rows of a part, or none if it has all rows of its files. */
export function partConditions({ files, ranges }: RowPart, signal: Signal): readonly string[] {
  const conditions = ranges.map((range) => {
    const bounds = rangeConditions(TIME_COLUMN[signal], { tenant: '', ...range }, files);
    return bounds.length === 0 ? 'true' : `(${bounds.join(' AND ')})`;
  });
  return conditions.includes('true') ? [] : [`(${conditions.join(' OR ')})`];
}

/** Returns the cells with rows on both sides of a step boundary. */
function dividedCells(
  { minTime, maxTime }: StoredFile,
  cell: bigint,
  { start, end, steps }: SummaryRange,
): readonly bigint[] {
  const found: bigint[] = [];
  const length = end - start;
  for (let step = 0; step <= steps; step++) {
    // The first time in the step, because times are mapped to steps by rounding down.
    const boundary = start + (length * BigInt(step) + BigInt(steps) - 1n) / BigInt(steps);
    if (boundary <= minTime || boundary > maxTime || boundary % cell === 0n) continue;
    const number = boundary / cell;
    const isDivided = later(number * cell, minTime) < boundary;
    if (isDivided && found.at(-1) !== number) found.push(number);
  }
  return found;
}
