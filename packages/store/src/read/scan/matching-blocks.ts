import { selectRange, timesOf } from '../../scan/newest.ts';
import type { ScanCondition } from '../../scan/scan-filter.ts';
import { selectRows } from '../../scan/select-rows.ts';
import { type FileBlock, fileBlock } from './file-block.ts';
import type { ScanGroup, ScanGroups } from './groups.ts';
import { mayMatch } from './prune.ts';

/** Which rows of a scan match, and the column of their times. */
export interface MatchOptions {
  readonly timeColumn: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly conditions: readonly ScanCondition[];
}

/** A row group in a scan's range. */
export interface MatchingBlock {
  readonly block: FileBlock;
  readonly group: ScanGroup;
  /** One element per row, nonzero if it matches; `undefined` if none does. */
  readonly selected: Uint8Array | undefined;
}

/** Yields the row groups in a range, the newest first. `turn` is called before each of them. */
export async function* matchingBlocks(
  groups: ScanGroups,
  options: MatchOptions,
  turn: () => Promise<void>,
): AsyncGenerator<MatchingBlock> {
  for (let group = groups.next(); group !== undefined; group = groups.next()) {
    if (group.minTime >= options.end) continue;
    if (group.maxTime < options.start) return;
    await turn();
    const block = fileBlock(group.file, group.layout, group.source.mapKeys);
    yield { block, group, selected: select(block, group, options) };
  }
}

function select(
  block: FileBlock,
  { layout, minTime, maxTime }: ScanGroup,
  { timeColumn, conditions, ...range }: MatchOptions,
): Uint8Array | undefined {
  if (!mayMatch(block, layout, conditions)) return undefined;
  const isWithin = minTime >= range.start && maxTime < range.end;
  const selected = isWithin ? new Uint8Array(block.rows).fill(1) : selectRange(timesOf(block, timeColumn), range);
  selectRows(block, conditions, selected);
  return selected.includes(1) ? selected : undefined;
}
