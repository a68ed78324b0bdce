import { collectServices } from '../../scan/collect-services.ts';
import { timesOf } from '../../scan/newest.ts';
import { TIME_COLUMN } from '../../schema.ts';
import type { ServiceItems } from '../summaries/protocol.ts';
import { eachBlock, type FileScan, fileParts } from './file-scan.ts';
import type { ScannedRows, ServicesRequest } from './protocol.ts';

/** Counts the items in files by service and version, of which it reads those without a known result. */
export async function scanServices(
  scan: FileScan,
  request: ScannedRows & ServicesRequest,
): Promise<readonly ServiceItems[]> {
  const { signal } = request;
  const all: ServiceItems[] = [];
  for await (const { found } of fileParts(scan, request, ['services', signal], async (source) => {
    const ofFile: ServiceItems[] = [];
    await eachBlock(scan, signal, request, source, ({ block, selected }) => {
      ofFile.push(...collectServices(block, timesOf(block, TIME_COLUMN[signal]), selected));
    });
    return ofFile;
  })) {
    all.push(...found);
  }
  return all;
}
