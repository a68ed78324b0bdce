import { collectRequests } from '../../scan/collect-requests.ts';
import { scanConditions } from '../../scan/scan-filter.ts';
import { StepClock } from '../../scan/step-clock.ts';
import { TIME_COLUMN } from '../../schema.ts';
import type { Layouts } from '../lookup/layouts.ts';
import { MergedRequests } from '../summaries/merge-requests.ts';
import type { PackedRequests } from '../summaries/protocol.ts';
import { ScanGroups } from './groups.ts';
import { matchingBlocks } from './matching-blocks.ts';
import type { RequestsRequest, ScannedRows } from './protocol.ts';

/** Counts the requests in files. `turn` is called between two row groups and throws if the scan has to stop. */
export async function scanRequests(
  layouts: Layouts,
  { sources, ranges, conditions, range, by, rootOnly }: ScannedRows & RequestsRequest,
  turn: () => Promise<void>,
): Promise<PackedRequests> {
  const timeColumn = TIME_COLUMN.traces;
  const merged = new MergedRequests();
  const targets = { serving: merged, by, roots: merged, rootsBy: by, rootOnly: new Set(rootOnly) };
  const clock = new StepClock(range);
  const groups = new ScanGroups(layouts, sources, timeColumn);
  const options = { timeColumn, ranges, conditions: scanConditions(conditions) };
  try {
    for await (const { block, group, selected } of matchingBlocks(groups, options, turn)) {
      if (selected.length === 0) continue;
      const isWithin = group.minTime >= range.start && group.maxTime < range.end;
      const [first, last] = isWithin ? [clock.stepAt(group.minTime), clock.stepAt(group.maxTime)] : [];
      collectRequests(block, selected, range, targets, first === last ? first : undefined);
    }
    return merged.pack();
  } finally {
    groups.close();
  }
}
