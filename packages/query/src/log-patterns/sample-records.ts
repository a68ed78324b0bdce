import type { LogQuery, LogRow, Store } from '@otelier/store';

/** Number of records that are read. If more match, these are spread over the range. */
const MAX_RECORDS = 10_000;
/** Number of steps that are read at the same time. */
const CONCURRENCY = 4;

/** A record of a sample. */
export interface SampledRecord {
  readonly row: LogRow;
  readonly step: number;
  /** Number of records for which it stands. */
  readonly weight: number;
}

/** Records of a range. */
export interface LogSample {
  readonly records: readonly SampledRecord[];
  /** Number of matching records. */
  readonly total: number;
}

/**
 * Reads the matching records. If there are more than 10,000, it reads as many of the newest ones of each step, each of
 * which stands for the same number of records of that step.
 */
export async function sampleRecords(
  store: Store,
  filter: Omit<LogQuery, 'limit' | 'order'>,
  steps: number,
): Promise<LogSample> {
  const histogram = await store.logHistogram({ ...filter, limit: steps, order: 'oldest', steps });
  const totals = histogram.map(({ counts }) => Object.values(counts).reduce((sum, count) => sum + count, 0));
  const total = totals.reduce((sum, count) => sum + count, 0);
  const limit = total <= MAX_RECORDS ? MAX_RECORDS : Math.floor(MAX_RECORDS / steps);
  const span = filter.end - filter.start;
  const edge = (step: number): bigint => filter.start + (span * BigInt(step)) / BigInt(steps);
  const sections =
    total <= MAX_RECORDS
      ? [{ start: filter.start, end: filter.end }]
      : totals.map((_, step) => ({ start: edge(step), end: edge(step + 1) }));
  const found: SampledRecord[][] = sections.map(() => []);
  const read = async (index: number): Promise<void> => {
    const section = sections[index];
    if (section === undefined || section.start >= section.end || (sections.length > 1 && totals[index] === 0)) return;
    const rows = await store.searchLogs({ ...filter, ...section, limit, order: 'newest' });
    const weight = sections.length === 1 ? 1 : Math.max(1, (totals[index] ?? 0) / Math.max(1, rows.length));
    const stepOf = ({ time }: LogRow): number =>
      sections.length > 1 ? index : Math.min(steps - 1, Number(((time - filter.start) * BigInt(steps)) / span));
    found[index] = rows.map((row) => ({ row, step: stepOf(row), weight }));
  };
  for (let next = 0; next < sections.length && total > 0; next += CONCURRENCY)
    await Promise.all(Array.from({ length: CONCURRENCY }, (_, offset) => read(next + offset)));
  return { records: found.reverse().flat(), total };
}
