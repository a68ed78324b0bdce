import type { ByteEntries, ParquetColumn } from '../parquet/column.ts';

/** A builder's rows as columns. */
export interface TableContents {
  readonly columns: readonly ParquetColumn[];
  readonly promoted: readonly string[];
  readonly keys: Readonly<Record<string, number>>;
}

/** A builder's rows as columns, with data for the file footer. */
export interface Table extends TableContents {
  readonly rows: number;
  readonly minTime: bigint;
  readonly maxTime: bigint;
  /** The encoded trace ID index; empty for signals without one. */
  readonly traceIndex: Uint8Array;
  /** Size of each row's encoded item in bytes; empty if it is not known. */
  readonly sizes: Uint32Array;
}

/** The trace IDs of rows. */
export interface TraceRefs {
  /** The entry of each row, or 0 if it has no trace ID. */
  readonly refs: Uint32Array;
  readonly ids: ByteEntries;
  /** Whether equal IDs are one entry. */
  readonly areDistinct: boolean;
}

/** The range of a request's items to add. */
export interface AppendRange {
  /** Number of leading items to skip because they are already in files. */
  readonly skip: number;
  /** Approximate memory use at which the builder stops, in bytes. */
  readonly maxBytes: number;
}

/** The progress of adding a request. */
export interface Appended {
  /** Number of items skipped or added. */
  readonly items: number;
  /** Whether no items remain. */
  readonly complete: boolean;
}

/**
 * A builder that converts requests of one signal to columns. Each builder produces one file; until then, snapshots
 * cover part of its rows.
 */
export interface SignalBuilder {
  readonly rows: number;
  /** Approximate memory in use, in bytes. */
  readonly byteSize: number;
  /**
   * Adds a request's items, or throws and leaves the builder unchanged. Does not retain the request's bytes. With a
   * `range`, it skips the leading items and stops when it uses `maxBytes`; another builder then adds the rest.
   */
  append(request: Uint8Array, arrivalMillis: number, range?: AppendRange): Appended;
  /** Returns the minimum and maximum time of the rows `from <= row < to`, or zeros if there are no rows. */
  timeRange(from: number, to: number): { readonly min: bigint; readonly max: bigint };
  /** Returns the times of the first rows, as word pairs. They remain valid until the next `append`. */
  times(rows: number): { readonly words: Uint32Array };
  /** Returns the trace IDs of the first rows, valid until the next `append`; `undefined` for signals without them. */
  traces(rows: number): TraceRefs | undefined;
  /** Returns the columns of the rows `from <= row < to`. They remain valid until the next `append`. */
  table(from: number, to: number): Table;
  /** Returns the parts of `table` that rows are scanned with. The others take longer. */
  contents(from: number, to: number): TableContents;
  /** Frees the memory. The builder and its tables must not be used afterwards. */
  free(): void;
}
