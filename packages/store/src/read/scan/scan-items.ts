import { collectItems, type ItemCell } from '../../scan/collect-items.ts';
import { ItemCounts } from '../../scan/item-counts.ts';
import { timesOf } from '../../scan/newest.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { eachBlock, type FileScan, fileParts } from './file-scan.ts';
import type { ItemsRequest, ScannedRows } from './protocol.ts';

/** Counts the items in files by their properties and step, of which it reads those without a known result. */
export async function scanItems(scan: FileScan, request: ScannedRows & ItemsRequest): Promise<readonly ItemCell[]> {
  const { signal, columns, bodies, limit } = request;
  const all = new ItemCounts(limit);
  const key = ['items', signal, columns, bodies];
  for await (const { found, addedSteps } of fileParts(scan, request, key, async (source) => {
    const ofFile = new ItemCounts(limit);
    await eachBlock(scan, signal, request, source, ({ block, selected }) => {
      ofFile.add(collectItems(block, timesOf(block, TIME_COLUMN[signal], selected), selected, request));
    });
    return ofFile.all();
  })) {
    all.add(found, addedSteps);
  }
  return all.all();
}
