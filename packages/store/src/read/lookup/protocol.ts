import type { Cell } from '../../parquet/read/cell.ts';

/** A request for the rows of some traces, which are read without the engine. */
export interface LookupRequest {
  /** Files that may contain the traces. */
  readonly paths: readonly string[];
  readonly traceIds: readonly string[];
  readonly columns: readonly string[];
  readonly maxRows: number;
  /** Limit on the approximate size of all values. */
  readonly maxBytes: number;
}

/** Rows by column: `columns[i][row]` is a value of `LookupRequest.columns[i]`. */
export interface LookupResult {
  readonly columns: readonly (readonly Cell[])[];
  readonly rowCount: number;
}
