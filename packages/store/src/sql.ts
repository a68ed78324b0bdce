/** Read-only SQL over the relations `spans`, `logs` and `metric_points`. */
export interface SqlCapability {
  query(request: SqlRequest): Promise<SqlResult>;
  /**
   * Runs a statement and returns an `SqlResult` encoded as JSON, in pieces of UTF-8 that are never all in memory.
   * Callers must read without long pauses or call `return`: the engine holds resources until the end.
   */
  queryJson(request: SqlRequest): Promise<AsyncIterableIterator<Uint8Array>>;
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
