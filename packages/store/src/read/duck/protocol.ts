/** A value bound to a named parameter (`$name`) of a statement: BOOLEAN, DOUBLE, BIGINT or VARCHAR. */
export type ParameterValue = boolean | number | bigint | string;
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** How long a statement may run and how much it may return. */
export interface StatementLimits {
  readonly timeoutMillis: number;
  readonly maxRows: number;
  /** Of all values together, roughly: text and bytes by length, everything else 8 bytes. */
  readonly maxResultBytes: number;
}

/** A statement of our own making: trusted text, values as parameters. */
export interface Statement {
  readonly tenant: string;
  readonly text: string;
  readonly parameters: Parameters;
  readonly limits: StatementLimits;
}

/** Columns of a result by name and DuckDB type, and their values: `columns[i].values[row]`. */
export interface ResultColumn {
  readonly name: string;
  readonly type: string;
  readonly values: readonly unknown[];
}

export interface StatementResult {
  readonly columns: readonly ResultColumn[];
  readonly rowCount: number;
  /** Rows beyond the limit were left out. */
  readonly truncated: boolean;
}

/** Why a statement failed: `user` means that its text or values are wrong, the rest are limits and faults. */
export type FailureKind = 'user' | 'timeout' | 'memory' | 'size' | 'cancelled' | 'internal';

export type ToWorker =
  | { readonly kind: 'run'; readonly id: number; readonly statement: Statement }
  /** Begins a statement whose rows are fetched bit by bit: one `rows` answer to this and to each `next`. */
  | { readonly kind: 'open'; readonly id: number; readonly statement: Statement }
  | { readonly kind: 'next'; readonly id: number }
  /** Stops a statement, running, waiting or open. */
  | { readonly kind: 'cancel'; readonly id: number }
  /** Interrupts what runs, closes the databases and ends the thread. */
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'result'; readonly id: number; readonly result: StatementResult }
  /** Of an open statement; `undefined` when there are no more. */
  | { readonly kind: 'rows'; readonly id: number; readonly result: StatementResult | undefined }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: FailureKind; readonly message: string };

/** What the worker is started with. */
export interface WorkerOptions {
  /** The store's folder; a tenant's statements may read its own folders in it and nothing else. */
  readonly directory: string;
  readonly threads: number;
  readonly memoryLimitBytes: number;
}
