import type { RangeQuery } from '../../contract.ts';
import { stepsOf as divide } from '../../read/shared/steps.ts';

/** A range divided into equal steps, with SQL that maps items to steps. */
export interface Steps {
  readonly times: readonly bigint[];
  readonly stepSeconds: number;
  /** Returns SQL for the index of the step that contains a time in the range, in nanoseconds. */
  indexOf(nanos: string): string;
}

const MAX_INT64 = 2n ** 63n - 1n;

/** Divides the range of a query. Throws `QueryError` if the number of steps is invalid. */
export function stepsOf(query: RangeQuery & { readonly steps: number }): Steps {
  const { times, stepSeconds } = divide(query);
  const { start, end, steps } = query;
  const span = end > start ? end - start : 1n;
  const isLarge = span * BigInt(steps) > MAX_INT64;
  return {
    times,
    stepSeconds,
    indexOf(nanos) {
      const offset = `(${nanos} - ${start})`;
      return isLarge
        ? `toInt32(floor(toFloat64${offset} * ${steps} / ${span}))`
        : `toInt32(intDiv(${offset} * ${steps}, ${span}))`;
    },
  };
}
