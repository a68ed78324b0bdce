import { LogqlExecutionError } from '../errors.ts';

/** Limits of the evaluation of a query. */
export const EVALUATION_LIMITS = {
  /** Maximum number of entries that a query reads. */
  entries: 5_000_000,
  /** Maximum number of series of a range aggregation. */
  series: 20_000,
  /** Maximum number of samples in memory. */
  samples: 10_000_000,
} as const;

/** Returns the error for a query that reads too many entries. */
export function tooManyEntries(): LogqlExecutionError {
  return new LogqlExecutionError(
    `the query would read more than ${EVALUATION_LIMITS.entries} entries; add a line filter or ask for a shorter range`,
  );
}

/** Returns the error for a query with too many series. */
export function tooManySeries(): LogqlExecutionError {
  return new LogqlExecutionError(
    `maximum number of series (${EVALUATION_LIMITS.series}) reached for a single query; consider reducing query ` +
      'cardinality by adding more specific stream selectors, reducing the time range, or aggregating results with ' +
      'functions like sum(), count() or topk()',
  );
}
