import { selectRanges, type TimeRange, timesOf } from '../../scan/newest.ts';
import type { ScanCondition } from '../../scan/scan-filter.ts';
import { selectRows } from '../../scan/select-rows.ts';
import { firstRows, type RowList } from '../../scan/selection.ts';
import { BlockMemory, type FileBlock, fileBlock } from './file-block.ts';
import type { ScanGroup, ScanGroups } from './groups.ts';
import { mayMatch } from './prune.ts';

/** Which rows of a scan match, and the column of their times. */
export interface MatchOptions {
  readonly timeColumn: string;
  readonly ranges: readonly TimeRange[];
  readonly conditions: readonly ScanCondition[];
}

/** A row group in a scan's range. */
export interface MatchingBlock {
  readonly block: FileBlock;
  readonly group: ScanGroup;
  /** The rows that match. */
  readonly selected: RowList;
}

/**
 * Yields the row groups that overlap a range, the newest first. Each is valid until the next one. `turn` is called before
 * each of them.
 */
export async function* matchingBlocks(
  groups: ScanGroups,
  options: MatchOptions,
  turn: () => Promise<void>,
): AsyncGenerator<MatchingBlock> {
  const memory = new BlockMemory();
  for (let group = groups.next(); group !== undefined; group = groups.next()) {
    const { minTime, maxTime } = group;
    if (options.ranges.every(({ start }) => maxTime < start)) return;
    const ranges = options.ranges.filter(({ start, end }) => minTime < end && maxTime >= start);
    if (ranges.length === 0) continue;
    await turn();
    const block = fileBlock(group.file, group.layout, group.source.mapKeys, memory);
    yield { block, group, selected: select(block, group, { ...options, ranges }) };
  }
}

function select(
  block: FileBlock,
  { layout, minTime, maxTime }: ScanGroup,
  { timeColumn, conditions, ranges }: MatchOptions,
): RowList {
  if (!mayMatch(block, layout, conditions)) return new Uint32Array(0);
  const isWithin = ranges.some(({ start, end }) => minTime >= start && maxTime < end);
  const rows = isWithin ? firstRows(block.rows) : selectRanges(timesOf(block, timeColumn), ranges);
  return selectRows(block, conditions, rows);
}
