import type { Buckets } from '../../promql/histogram/buckets.ts';

/** Consecutive buckets: the distance to the end of the span before, and their number. */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** Returns the spans of buckets. */
export function spansOf({ indexes }: Buckets): readonly BucketSpan[] {
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const index of indexes) {
    const last = spans.at(-1);
    if (last !== undefined && index === next) last.length += 1;
    else spans.push({ offset: index - next, length: 1 });
    next = index + 1;
  }
  return spans;
}
