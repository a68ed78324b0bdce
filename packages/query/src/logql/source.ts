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
  /** `any` is the fastest. */
  readonly order: 'newest' | 'oldest' | 'any';
}

/** Log entries to count, from `start` up to and without `end`. */
export interface CountSelection {
  readonly matchers: readonly Matcher[];
  readonly lineFilters: readonly LineFilter[];
  readonly start: bigint;
  readonly end: bigint;
  readonly steps: number;
  /** The labels by which entries are counted. */
  readonly labels: readonly string[];
  /** Whether the sizes of lines are added up. */
  readonly bytes: boolean;
}

/** The number of entries with some labels in a step. Equal labels may repeat. */
export interface CountedEntries {
  readonly labels: readonly (readonly [string, string])[];
  readonly step: number;
  readonly entries: number;
  readonly bytes: number;
}

/** Where the evaluation of a query reads log entries from. */
export interface LogSource {
  /** Reads the entries of the selected streams in batches, ordered by time. */
  read(selection: LogSelection): AsyncIterable<readonly LogEntry[]>;
  /**
   * Counts the entries that matchers and filters select, by labels, in equal steps. Returns `undefined` if the source
   * cannot count them without reading them.
   */
  count?(selection: CountSelection): Promise<readonly CountedEntries[] | undefined>;
}
