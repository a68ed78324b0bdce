import { QueryLimitError } from '../../contract.ts';
import type { SummaryReader } from '../../summaries/decode.ts';
import type { SummaryRange } from './protocol.ts';

/** Maximum number of groups in a result. Their histograms take about 100 MB. */
const MAX_GROUPS = 100_000;

/** A summary, and the cells in it that are not merged. */
export interface OpenSummary {
  readonly reader: SummaryReader;
  readonly skip: ReadonlySet<number>;
  /** Time of the file's first row, which may be after the start of its cell. */
  readonly minTime: bigint;
}

/** Returns a function that maps a summary's cells to steps; `undefined` for cells that are not merged. */
export function stepOfCell(
  { reader, skip, minTime }: OpenSummary,
  range: SummaryRange,
): (cell: number) => number | undefined {
  const nanos = BigInt(reader.cellSeconds) * 1_000_000_000n;
  const steps = new Map<number, number | undefined>();
  return (cell) => {
    if (steps.has(cell)) return steps.get(cell);
    const start = BigInt(cell) * nanos;
    const isInside = !skip.has(cell) && start + nanos > range.start && start < range.end;
    const first = start > minTime ? start : minTime;
    const from = first > range.start ? first - range.start : 0n;
    const step = isInside ? Number((from * BigInt(range.steps)) / (range.end - range.start)) : undefined;
    steps.set(cell, step);
    return step;
  };
}

/** Throws if a result would be too large. */
export function checkGroups(count: number): void {
  if (count > MAX_GROUPS) {
    throw new QueryLimitError(
      `the query finds more than ${MAX_GROUPS} groups; choose a service, a shorter range or fewer steps`,
    );
  }
}
