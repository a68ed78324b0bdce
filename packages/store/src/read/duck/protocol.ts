import type { DataKey } from '@otelier/journal/encryption';
import type { LookupRequest, LookupResult } from '../lookup/protocol.ts';
import type { ScanRequest, ScanResult } from '../scan/protocol.ts';
import type { SummaryRequest, SummaryResult } from '../summaries/protocol.ts';

/** A value bound to a named parameter (`$name`) of a statement: BOOLEAN, DOUBLE, BIGINT or VARCHAR. */
export type ParameterValue = boolean | number | bigint | string;
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** The time and size limits of a statement. */
export interface StatementLimits {
  readonly timeoutMillis: number;
  readonly maxRows: number;
  /** Limit on the approximate size of all values: strings and bytes by length, everything else 8 bytes. */
  readonly maxResultBytes: number;
  /** Memory of all statements of the tenant in the engine, if it is less than that of the store. */
  readonly memoryBytes?: number | undefined;
}

/** An internal statement: its text is trusted, and values are passed as parameters. */
export interface Statement {
  readonly tenant: string;
  readonly text: string;
  readonly parameters: Parameters;
  readonly limits: StatementLimits;
  /** Whether all columns are of type DOUBLE without nulls. A stream returns them as `numbers`. */
  readonly areNumbers?: boolean;
}

/** A result column with its name, DuckDB type and values: `columns[i].values[row]`. */
export interface ResultColumn {
  readonly name: string;
  readonly type: string;
  readonly values: readonly unknown[];
}

export interface StatementResult {
  readonly columns: readonly ResultColumn[];
  /** The columns of a statement with `areNumbers`, in order; `columns` is then empty. */
  readonly numbers?: readonly Float64Array<ArrayBuffer>[];
  readonly rowCount: number;
  /** Whether rows beyond the limit were dropped. */
  readonly truncated: boolean;
}

/** Why a statement failed. `user` means invalid SQL or values; the others are limits and internal errors. */
export type FailureKind = 'user' | 'timeout' | 'memory' | 'size' | 'cancelled' | 'internal';

export type ToWorker =
  | { readonly kind: 'run'; readonly id: number; readonly statement: Statement; readonly client: string }
  /** Merges the summaries of files. */
  | { readonly kind: 'merge'; readonly id: number; readonly request: SummaryRequest }
  /** Reads the rows of traces without the engine. */
  | { readonly kind: 'lookup'; readonly id: number; readonly request: LookupRequest }
  /** Evaluates conditions on the rows of files without the engine. */
  | { readonly kind: 'scan'; readonly id: number; readonly request: ScanRequest }
  /** Starts a statement whose rows are fetched in batches: this message and each `next` get one `rows` reply. */
  | { readonly kind: 'open'; readonly id: number; readonly statement: Statement }
  | { readonly kind: 'next'; readonly id: number }
  /** Decrypts files in memory, for a process that runs a statement. */
  | { readonly kind: 'decrypt'; readonly id: number; readonly paths: readonly string[] }
  /** Files that were decrypted for a request are no longer needed. Has no reply. */
  | { readonly kind: 'release'; readonly lease: number }
  /** The data keys of all tenants. Has no reply. */
  | { readonly kind: 'keys'; readonly keys: readonly DataKey[] }
  /** Stops a running, queued or open statement. */
  | { readonly kind: 'cancel'; readonly id: number }
  /** Interrupts running statements, closes the databases and exits the thread. */
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'result'; readonly id: number; readonly result: StatementResult }
  | { readonly kind: 'merged'; readonly id: number; readonly result: SummaryResult }
  /** The rows of traces, or `undefined` if they exceed a limit. */
  | { readonly kind: 'found'; readonly id: number; readonly result: LookupResult | undefined }
  /** The result of a scan, or `undefined` if the engine must evaluate the conditions. */
  | { readonly kind: 'scanned'; readonly id: number; readonly result: ScanResult | undefined }
  /** The paths of decrypted files, in the order of the request. */
  | { readonly kind: 'decrypted'; readonly id: number; readonly paths: readonly string[] }
  /** A file of a lookup or a scan cannot be read. */
  | { readonly kind: 'unreadable'; readonly id: number }
  /** Rows of an open statement, or `undefined` after the last. */
  | { readonly kind: 'rows'; readonly id: number; readonly result: StatementResult | undefined }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: FailureKind; readonly message: string };

/** The start options of the worker. */
export interface WorkerOptions {
  /** The store's directory. Statements may read only their tenant's subdirectories. */
  readonly directory: string;
  readonly threads: number;
  readonly memoryLimitBytes: number;
  /** The data keys of all tenants, if the store is encrypted. */
  readonly keys?: readonly DataKey[] | undefined;
  /** Maximum size of files that are decrypted in memory, in bytes. */
  readonly memoryBytes?: number | undefined;
}
