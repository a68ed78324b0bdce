import { QueryError, type RangeQuery } from '../../contract.ts';
import type { Files } from './files.ts';

/** A range cut into equal steps, and how SQL tells the step of a row. */
export interface Steps {
  /** Start of each step. */
  readonly times: readonly bigint[];
  readonly stepSeconds: number;
  /** SQL for the number of the step in which a TIMESTAMP_NS inside the range lies. */
  indexOf(timeExpression: string): string;
}

const MAX_STEPS = 10_000;
const MAX_INT64 = 2n ** 63n - 1n;

/** Cuts a query's range. Throws `QueryError` when there is nothing to cut. */
export function stepsOf({ start, end, steps }: RangeQuery & { readonly steps: number }): Steps {
  if (!Number.isInteger(steps) || steps < 1 || steps > MAX_STEPS) {
    throw new QueryError(`steps: expected a whole number from 1 to ${MAX_STEPS}, got ${steps}`);
  }
  const span = end > start ? end - start : 1n;
  const count = BigInt(steps);
  const type = span * count > MAX_INT64 ? '::HUGEINT' : '';
  return {
    times: Array.from({ length: steps }, (_, i) => start + (span * BigInt(i)) / count),
    stepSeconds: Number(span) / steps / 1e9,
    indexOf: (time) => `(((epoch_ns(${time}) - ${start})${type} * ${count}) // ${span})::INTEGER`,
  };
}

/** Conditions that keep rows of the range; none where all rows of the files lie in it. */
export function rangeConditions(timeColumn: string, { start, end }: RangeQuery, files: Files): readonly string[] {
  if (files.lieWithin(start, end)) return [];
  return [`${timeColumn} >= ${timestamp(start)}`, `${timeColumn} < ${timestamp(end)}`];
}

/** A moment as SQL; what TIMESTAMP_NS cannot hold becomes its first or last moment. */
export function timestamp(nanos: bigint): string {
  const held = nanos < FIRST ? FIRST : nanos > LAST ? LAST : nanos;
  return `make_timestamp_ns(${held})`;
}

const FIRST = -9_223_286_400_000_000_000n;
const LAST = 2n ** 63n - 2n;
