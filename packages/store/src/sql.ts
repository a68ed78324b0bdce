/** Read-only SQL over the relations `spans`, `logs`, `metric_points`. */
export interface SqlCapability {
  query(request: SqlRequest): Promise<SqlResult>;
  /**
   * Runs a statement and returns the `SqlResult` as JSON text in pieces of UTF-8, which are never all in memory.
   * Callers must read without long pauses, or call `return`: the engine holds resources until the end.
   */
  queryJson(request: SqlRequest): Promise<AsyncIterableIterator<Uint8Array>>;
}

export interface SqlRequest {
  readonly tenant: string;
  readonly statement: string;
  /** Maximum number of rows. Beyond it, rows are dropped and `truncated` is set. Default 10,000. */
  readonly maxRows?: number;
  /** Time to wait for other statements and to run, in milliseconds. Default 30,000. */
  readonly timeoutMillis?: number;
  /** Key of the client, such as an address: clients take turns. */
  readonly client?: string;
  /** Cancels the statement. */
  readonly signal?: AbortSignal;
}

export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /**
   * Rows as JSON-ready values: 64-bit integers beyond 2^53 as text, timestamps as ISO text with nanoseconds, JSON
   * columns as parsed JSON.
   */
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  readonly elapsedMillis: number;
}
