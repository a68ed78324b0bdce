import type { ReadContext, Row } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { rowObjects } from './direct.ts';

/** Maximum number of files that are read without the engine, which reads many files in parallel. */
const MAX_FILES = 16;
/** Minimum length of a trace ID, so that it has a prefix to search for. */
const MIN_ID_LENGTH = 4;

/** Limits of the rows that are read without the engine. */
export interface RowLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/**
 * Returns the rows of traces, keyed by column name, in no particular order. 64-bit integers are `bigint`, IDs of spans
 * are lowercase hex, and missing values are `null`. Returns `undefined` if the engine must read them, because there are
 * many or a file cannot be read: the engine's error tells the reason.
 */
export async function traceRows(
  { duck }: ReadContext,
  files: Files,
  traceIds: readonly string[],
  columns: readonly string[],
  limits: RowLimits,
): Promise<readonly Row[] | undefined> {
  if (files.isEmpty || traceIds.length === 0) return [];
  if (files.all.length > MAX_FILES || traceIds.some((traceId) => traceId.length < MIN_ID_LENGTH)) return undefined;
  const paths = files.all.map(({ path }) => path);
  const result = await duck.lookup({ paths, traceIds, columns, ...limits });
  return result && rowObjects({ names: columns, ...result });
}
