import { scanConditions } from '../../scan/scan-filter.ts';
import type { StepRange } from '../../scan/step-clock.ts';
import { TIME_COLUMN } from '../../schema.ts';
import type { Layouts } from '../lookup/layouts.ts';
import { type FilePart, type FileParts, partsOf } from './file-parts.ts';
import { ScanGroups } from './groups.ts';
import { type MatchingBlock, matchingBlocks } from './matching-blocks.ts';
import type { ScannedRows, ScannedSignal, ScanSource } from './protocol.ts';

/** What scans of files need. */
export interface FileScan {
  readonly layouts: Layouts;
  /** Results of earlier scans. */
  readonly parts: FileParts;
  /** Called between two row groups. Throws if the scan has to stop. */
  readonly turn: () => Promise<void>;
}

/** Yields the results of files, and what is to be added to the numbers of their steps. */
export async function* fileParts<Found extends FilePart['found']>(
  { parts }: FileScan,
  request: ScannedRows & { readonly range: StepRange },
  query: readonly unknown[],
  read: (source: ScanSource) => Promise<Found>,
): AsyncGenerator<{ readonly found: Found; readonly addedSteps: number }> {
  for (const { key, source, firstStep } of partsOf(request, query)) {
    // The key contains the kind of the result.
    const known =
      key === undefined ? undefined : (parts.get(key) as (FilePart & { readonly found: Found }) | undefined);
    if (known !== undefined) {
      yield { found: known.found, addedSteps: firstStep - known.firstStep };
      continue;
    }
    const found = await read(source);
    if (key !== undefined) parts.set(key, { firstStep, found });
    yield { found, addedSteps: 0 };
  }
}

/** Calls `visit` with each row group of a file that has matching rows. */
export async function eachBlock(
  { layouts, turn }: FileScan,
  signal: ScannedSignal,
  request: ScannedRows,
  source: ScanSource,
  visit: (found: MatchingBlock) => void,
): Promise<void> {
  const timeColumn = TIME_COLUMN[signal];
  const conditions = scanConditions(request.conditions);
  const groups = new ScanGroups(layouts, [source], timeColumn);
  try {
    for await (const found of matchingBlocks(groups, { timeColumn, ranges: request.ranges, conditions }, turn)) {
      if (found.selected.length > 0) visit(found);
    }
  } finally {
    groups.close();
  }
}
