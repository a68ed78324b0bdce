import type { LogExpr } from '../parse/ast.ts';
import { compilePipeline } from '../pipeline/compile.ts';
import type { PipelineEntry } from '../pipeline/stage.ts';
import { type Evaluation, readEntries, storedLineFilters } from './read-entries.ts';

/** The range of a log query, in nanoseconds; `end` does not belong to it. */
export interface LogRangeOptions {
  readonly start: bigint;
  readonly end: bigint;
  readonly limit: number;
  readonly direction: 'forward' | 'backward';
  /** Minimum time between two entries of the result; 0 for all. */
  readonly interval: bigint;
}

/** Evaluates a log query. Returns entries in the direction of the query. */
export async function evaluateLog(
  expr: LogExpr,
  { start, end, limit, direction, interval }: LogRangeOptions,
  evaluation: Evaluation,
): Promise<PipelineEntry[]> {
  const pipeline = compilePipeline(expr.stages, evaluation.nowMillis);
  const found: PipelineEntry[] = [];
  if (limit === 0) return found;
  const selection = {
    matchers: expr.matchers,
    lineFilters: storedLineFilters(expr.stages),
    start,
    end,
    order: direction === 'forward' ? 'oldest' : 'newest',
  } as const;
  let last: bigint | undefined;
  await readEntries(evaluation, selection, (entry) => {
    const kept = pipeline(entry);
    if (kept === undefined || isTooClose(entry.time, last, interval)) return true;
    last = entry.time;
    found.push(kept);
    return found.length < limit;
  });
  evaluation.statistics.kept += found.length;
  return found;
}

function isTooClose(time: bigint, last: bigint | undefined, interval: bigint): boolean {
  if (last === undefined || interval === 0n) return false;
  const distance = time > last ? time - last : last - time;
  return distance < interval;
}
