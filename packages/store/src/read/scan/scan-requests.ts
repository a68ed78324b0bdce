import { collectErrors } from '../../scan/collect-errors.ts';
import { collectRequests } from '../../scan/collect-requests.ts';
import { StepClock } from '../../scan/step-clock.ts';
import type { ErrorPart } from '../summaries/merge-errors.ts';
import { MergedRequests } from '../summaries/merge-requests.ts';
import type { PackedRequests } from '../summaries/protocol.ts';
import { eachBlock, type FileScan, fileParts } from './file-scan.ts';
import type { ErrorsRequest, RequestsRequest, ScannedRows } from './protocol.ts';

/** Counts the requests in files, of which it reads those without a known result. */
export async function scanRequests(scan: FileScan, request: ScannedRows & RequestsRequest): Promise<PackedRequests> {
  const { range, by, rootOnly } = request;
  const merged = new MergedRequests();
  const clock = new StepClock(range);
  for await (const { found, addedSteps } of fileParts(scan, request, ['requests', by, rootOnly], async (source) => {
    const ofFile = new MergedRequests();
    const targets = { serving: ofFile, by, roots: ofFile, rootsBy: by, rootOnly: new Set(rootOnly) };
    await eachBlock(scan, 'traces', request, source, ({ block, group, selected }) => {
      const isWithin = group.minTime >= range.start && group.maxTime < range.end;
      const [first, last] = isWithin ? [clock.stepAt(group.minTime), clock.stepAt(group.maxTime)] : [];
      collectRequests(block, selected, range, targets, first === last ? first : undefined);
    });
    return ofFile.pack();
  })) {
    merged.addPacked(found, undefined, addedSteps);
  }
  return merged.pack();
}

/** Counts the failed spans in files, of which it reads those without a known result. */
export async function scanErrors(scan: FileScan, request: ScannedRows & ErrorsRequest): Promise<readonly ErrorPart[]> {
  const all: ErrorPart[] = [];
  for await (const { found, addedSteps } of fileParts(scan, request, ['errors'], async (source) => {
    const ofFile: ErrorPart[] = [];
    await eachBlock(scan, 'traces', request, source, ({ block, selected }) => {
      ofFile.push(...collectErrors(block, selected, request.range));
    });
    return ofFile;
  })) {
    all.push(...(addedSteps === 0 ? found : found.map((error) => moved(error, addedSteps))));
  }
  return all;
}

function moved(error: ErrorPart, addedSteps: number): ErrorPart {
  return { ...error, steps: new Map([...error.steps].map(([step, count]) => [step + addedSteps, count])) };
}
