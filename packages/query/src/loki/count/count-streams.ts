import { readEntries } from '../../logql/evaluate/read-entries.ts';
import type { LabelMap } from '../../logql/pipeline/entry-labels.ts';
import type { Matcher } from '../../promql/labels/matcher.ts';
import { clampRange } from '../../request/clamp-range.ts';
import { evaluationOf, type LokiRequest, tenantOf } from '../api/context.ts';
import { countGroups } from './count-entries.ts';

/** Maximum number of entries, the newest ones, that are read if the store cannot count streams. */
const MAX_ENTRIES = 200_000;

/** The entries of a stream. */
export interface StreamCount {
  readonly stream: LabelMap;
  readonly entries: number;
  readonly bytes: number;
}

/** Returns a key of the labels of a stream. */
export function streamKey(stream: LabelMap): string {
  return [...stream].map(([name, value]) => `${name}\xff${value}`).join('\xfe');
}

/**
 * Counts the entries of the streams that a selector finds. Streams may repeat. A selector that names structured
 * metadata finds those of the newest entries.
 */
export async function countStreams(
  request: LokiRequest,
  matchers: readonly Matcher[],
  bounds: { readonly start: bigint; readonly end: bigint },
): Promise<readonly StreamCount[]> {
  const range = clampRange(bounds.start, bounds.end);
  if (range.end <= range.start) return [];
  const selection = { matchers, lineFilters: [], labels: [], steps: 1, bytes: true, ...range };
  const groups = await countGroups(request.store(), tenantOf(request), selection, true);
  return groups ?? readStreams(request, matchers, range);
}

async function readStreams(
  request: LokiRequest,
  matchers: readonly Matcher[],
  range: { readonly start: bigint; readonly end: bigint },
): Promise<readonly StreamCount[]> {
  const streams = new Map<string, { readonly stream: LabelMap; entries: number; bytes: number }>();
  let count = 0;
  await readEntries(
    evaluationOf(request),
    { matchers, lineFilters: [], ...range, order: 'newest' },
    ({ stream, line }) => {
      const key = streamKey(stream);
      const found = streams.get(key) ?? { stream, entries: 0, bytes: 0 };
      streams.set(key, found);
      found.entries += 1;
      found.bytes += Buffer.byteLength(line);
      count += 1;
      return count < MAX_ENTRIES;
    },
  );
  return [...streams.values()];
}
