import { collectErrors } from '../../scan/collect-errors.ts';
import { collectRequests } from '../../scan/collect-requests.ts';
import { scanConditions } from '../../scan/scan-filter.ts';
import { StepClock } from '../../scan/step-clock.ts';
import { TIME_COLUMN } from '../../schema.ts';
import type { Layouts } from '../lookup/layouts.ts';
import type { ErrorPart } from '../summaries/merge-errors.ts';
import { MergedRequests } from '../summaries/merge-requests.ts';
import type { PackedRequests } from '../summaries/protocol.ts';
import { type FilePart, type FileParts, partsOf } from './file-parts.ts';
import { ScanGroups } from './groups.ts';
import { type MatchingBlock, matchingBlocks } from './matching-blocks.ts';
import type { ErrorsRequest, RequestsRequest, ScannedRows, ScanSource } from './protocol.ts';

/** What scans of files need. */
export interface FileScan {
  readonly layouts: Layouts;
  /** Results of earlier scans. */
  readonly parts: FileParts;
  /** Called between two row groups. Throws if the scan has to stop. */
  readonly turn: () => Promise<void>;
}

/** Counts the requests in files, of which it reads those without a known result. */
export async function scanRequests(scan: FileScan, request: ScannedRows & RequestsRequest): Promise<PackedRequests> {
  const { range, by, rootOnly } = request;
  const merged = new MergedRequests();
  const clock = new StepClock(range);
  for await (const { found, addedSteps } of fileParts(scan, request, ['requests', by, rootOnly], async (source) => {
    const ofFile = new MergedRequests();
    const targets = { serving: ofFile, by, roots: ofFile, rootsBy: by, rootOnly: new Set(rootOnly) };
    await eachBlock(scan, request, source, ({ block, group, selected }) => {
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
    await eachBlock(scan, request, source, ({ block, selected }) => {
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

/** Yields the results of files, and what is to be added to the numbers of their steps. */
async function* fileParts<Found extends FilePart['found']>(
  { parts }: FileScan,
  request: ScannedRows & Pick<RequestsRequest, 'range'>,
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
async function eachBlock(
  { layouts, turn }: FileScan,
  request: ScannedRows,
  source: ScanSource,
  visit: (found: MatchingBlock) => void,
): Promise<void> {
  const timeColumn = TIME_COLUMN.traces;
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
