import type { Matcher } from '../promql/labels/matcher.ts';
import type { LineFilter } from './parse/ast.ts';
import type { LogEntry } from './pipeline/stage.ts';

/** Log entries to read, from `start` up to and without `end`, in nanoseconds. */
export interface LogSelection {
  readonly matchers: readonly Matcher[];
  /** Filters on the stored line, which a source may apply; the pipeline applies them, too. */
  readonly lineFilters: readonly LineFilter[];
  readonly start: bigint;
  readonly end: bigint;
  readonly order: 'newest' | 'oldest';
  /** The number of entries that the query probably needs. */
  readonly expected: number;
}

/** Where the evaluation of a query reads log entries from. */
export interface LogSource {
  /** Reads the entries of the selected streams in batches, ordered by time. */
  read(selection: LogSelection): AsyncIterable<readonly LogEntry[]>;
}
