/** Read-only SQL over the relations `spans`, `logs` and `metric_points`. */
export interface SqlCapability {
  query(request: SqlRequest): Promise<SqlResult>;
  /**
   * Runs a statement and returns an `SqlResult` encoded as JSON, in pieces of UTF-8 that are never all in memory.
   * Callers must read without long pauses or call `return`: the engine holds resources until the end.
   */
  queryJson(request: SqlRequest): Promise<AsyncIterableIterator<Uint8Array>>;
  /** Runs a statement and returns its rows in a format for other programs, in pieces. To be read like `queryJson`. */
  queryEncoded(request: SqlRequest & SqlEncoding): Promise<EncodedSqlResult>;
}

/** A format of results for other programs. */
export type SqlFormat = 'csv' | 'arrow' | 'parquet';

/** How a result is encoded. */
export interface SqlEncoding {
  /**
   * `csv`: RFC 4180. `arrow`: an Arrow IPC stream. `parquet`: a Parquet file. In the last two, integers of up to 64
   * signed bits are `int64`, other numbers `double`, timestamps have nanoseconds, and nested values are JSON.
   */
  readonly format: SqlFormat;
  /** In CSV, whether text that a spreadsheet would take for a formula begins with an apostrophe. */
  readonly formulaSafe?: boolean;
}

/** A result in a format for other programs. */
export interface EncodedSqlResult {
  /** Whether there were more rows than `maxRows`. */
  readonly truncated: boolean;
  readonly pieces: AsyncIterableIterator<Uint8Array>;
}

export interface SqlRequest {
  readonly tenant: string;
  readonly statement: string;
  /** Maximum number of rows. Further rows are dropped, and `truncated` is set. Default 10,000. */
  readonly maxRows?: number;
  /** Timeout for waiting and running, in milliseconds. Default 30,000. */
  readonly timeoutMillis?: number;
  /** Key that identifies the client, such as an address. Clients are served round-robin. */
  readonly client?: string;
  /** Cancels the statement. */
  readonly signal?: AbortSignal;
  /** Memory that the statement may use, if it is less than what the store permits. */
  readonly memoryBytes?: number | undefined;
  /** Further relations, of few rows. */
  readonly tables?: readonly SqlTable[];
}

/** A relation whose rows the caller provides. */
export interface SqlTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: 'VARCHAR' | 'BIGINT' | 'JSON' }[];
  readonly rows: readonly (readonly (string | number | undefined)[])[];
}

export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /**
   * Rows as JSON-compatible values: 64-bit integers beyond 2^53 as strings, timestamps as ISO 8601 with nanoseconds,
   * and JSON columns as parsed JSON.
   */
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  readonly elapsedMillis: number;
}
