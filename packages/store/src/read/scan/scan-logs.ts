import { collectSeverities, type SeverityCount } from '../../scan/collect-severities.ts';
import { type CountedValues, collectValues, ValueCounts } from '../../scan/collect-values.ts';
import { placesOf } from '../../scan/scan-filter.ts';
import { eachBlock, type FileScan, fileParts } from './file-scan.ts';
import type { ScannedRows, SeveritiesRequest, ValuesRequest } from './protocol.ts';

/** Counts the log records in files by step and level, of which it reads those without a known result. */
export async function scanSeverities(
  scan: FileScan,
  request: ScannedRows & SeveritiesRequest,
): Promise<readonly SeverityCount[]> {
  const all: SeverityCount[] = [];
  for await (const { found, addedSteps } of fileParts(scan, request, ['severities'], async (source) => {
    const ofFile: SeverityCount[] = [];
    await eachBlock(scan, 'logs', request, source, ({ block, selected }) => {
      ofFile.push(...collectSeverities(block, selected, request.range));
    });
    return ofFile;
  })) {
    for (const one of found) all.push(addedSteps === 0 ? one : { ...one, step: one.step + addedSteps });
  }
  return all;
}

/** Counts the log records in files by the value of a field, of which it reads those without a known result. */
export async function scanValues(scan: FileScan, request: ScannedRows & ValuesRequest): Promise<CountedValues> {
  const { field } = request;
  const places = placesOf(field);
  const all = new ValueCounts();
  for await (const { found } of fileParts(scan, request, ['values', field], async (source) => {
    const ofFile = new ValueCounts();
    await eachBlock(scan, 'logs', request, source, ({ block, selected }) => {
      collectValues(block, selected, places, ofFile);
    });
    return ofFile.all();
  })) {
    all.addAll(found);
  }
  return all.all();
}
