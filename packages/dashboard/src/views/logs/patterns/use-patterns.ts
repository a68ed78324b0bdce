import type { LogPattern, LogPatternsResponse } from '@otelier/query';
import { type QueryState, useApiQuery } from '../../../data/use-api-query.ts';
import { DAY_MILLIS, useHasDayBefore } from '../../../time/use-day-before.ts';
import { useLogFilter } from '../use-log-filter.ts';
import { useSettledRange } from '../use-settled-range.ts';

const STEPS = 20;
const MAX_PATTERNS = 500;

/** Queries the patterns of the matching records, compared with the previous day if the store has it. */
export function usePatterns(): QueryState<LogPatternsResponse> {
  const hasDayBefore = useHasDayBefore();
  return useApiQuery<LogPatternsResponse>({
    path: '/logs/patterns',
    params: {
      ...useLogFilter(),
      ...useSettledRange(),
      steps: STEPS,
      limit: MAX_PATTERNS,
      compare: hasDayBefore === true ? DAY_MILLIS : undefined,
    },
    enabled: hasDayBefore !== undefined,
  });
}

export const PATTERN_ORDERS = ['share', 'growth', 'new'] as const;
export type PatternOrder = (typeof PATTERN_ORDERS)[number];

/** Sorts patterns by their number of records, its growth, or when they were first seen. */
export function sortPatterns(patterns: readonly LogPattern[], order: PatternOrder): readonly LogPattern[] {
  if (order === 'share') return patterns;
  const rankOf = order === 'new' ? (pattern: LogPattern) => Number(pattern.firstSeenNanos) : growthOf;
  return patterns.toSorted((a, b) => rankOf(b) - rankOf(a));
}

/** Part of the range without records, after which a pattern is called new. */
const QUIET_STEPS = STEPS / 4;

/** Reports whether a pattern began within the range. */
export function isNewPattern({ before, steps }: LogPattern): boolean {
  return before === 0 && steps.slice(0, QUIET_STEPS).every((count) => count === 0);
}

/** Returns how much a pattern grew since the earlier range. Without one, since the first half of the range. */
function growthOf({ count, before, steps }: LogPattern): number {
  const half = Math.floor(steps.length / 2);
  const total = (list: readonly number[]): number => list.reduce((sum, step) => sum + step, 0);
  return before > 0 ? count / before : (total(steps.slice(half)) + 1) / (total(steps.slice(0, half)) + 1);
}
