import { QueryError, type RangeQuery } from '../../contract.ts';
import type { Files } from './files.ts';

/** A range divided into equal steps, with SQL that maps rows to steps. */
export interface Steps {
  /** Start time of each step. */
  readonly times: readonly bigint[];
  readonly stepSeconds: number;
  /** Returns SQL for the index of the step that contains a TIMESTAMP_NS in the range. */
  indexOf(timeExpression: string): string;
}

const MAX_STEPS = 10_000;
const MAX_INT64 = 2n ** 63n - 1n;

/** Divides a query's range into steps. Throws `QueryError` if the range is empty or the number of steps is invalid. */
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

/** Returns conditions that select the rows in the range, or none if all rows of the files are in it. */
export function rangeConditions(timeColumn: string, { start, end }: RangeQuery, files: Files): readonly string[] {
  if (files.lieWithin(start, end)) return [];
  return [`${timeColumn} >= ${timestamp(start)}`, `${timeColumn} < ${timestamp(end)}`];
}

/** Returns SQL for a time, clamped to the range of TIMESTAMP_NS. */
export function timestamp(nanos: bigint): string {
  const held = nanos < FIRST ? FIRST : nanos > LAST ? LAST : nanos;
  return `make_timestamp_ns(${held})`;
}

const FIRST = -9_223_286_400_000_000_000n;
const LAST = 2n ** 63n - 2n;
