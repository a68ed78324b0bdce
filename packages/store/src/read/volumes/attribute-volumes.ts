import { QueryError } from '../../contract.ts';
import type { AttributeVolume, AttributeVolumesQuery } from '../../volumes/contract.ts';
import type { StoredFile } from '../../write/protocol.ts';
import { type ReadContext, withRange } from '../shared/context.ts';

/**
 * Returns the attributes of items from the footers of files, which have the number of their items, and from the
 * dictionaries and sizes of columns. No rows are read.
 */
export async function attributeVolumes(
  context: ReadContext,
  query: AttributeVolumesQuery,
): Promise<readonly AttributeVolume[]> {
  if (query.signal === 'profiles' || query.end <= query.start) return [];
  // After a file that cannot be read has been set aside, the others can.
  const found = (await filesOnce(context, query)) ?? (await filesOnce(context, query));
  if (found === undefined) throw new QueryError('expected files that can be read');
  return found.toSorted((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1)).slice(0, query.limit);
}

async function filesOnce(
  context: ReadContext,
  query: AttributeVolumesQuery,
): Promise<readonly AttributeVolume[] | undefined> {
  const { timeoutMillis } = context.limits;
  return withRange<readonly AttributeVolume[] | undefined>(
    context,
    query,
    query.signal,
    [],
    async ({ all }) => {
      const files = all.map((file) => ({ keys: file.keys, share: shareOf(file, query) }));
      const sources = all.map(({ path, minTime, maxTime }) => ({ path, minTime, maxTime, mapKeys: [] }));
      const ranges = [{ start: query.start, end: query.end }];
      const request = { kind: 'attributes', files, sources, ranges, conditions: [], timeoutMillis } as const;
      const found = await context.duck.scan(request, context.caller);
      return found?.kind === 'attributes' ? found.attributes : undefined;
    },
    'summaries',
  );
}

/** Returns the share of a file's rows in a range, if they are spread evenly. */
function shareOf({ minTime, maxTime }: StoredFile, { start, end }: AttributeVolumesQuery): number {
  const from = minTime > start ? minTime : start;
  const to = maxTime < end ? maxTime + 1n : end;
  return Number(to - from) / Number(maxTime + 1n - minTime);
}
