import type { SqlEncoding } from '../../../sql.ts';
import type { RelationName } from '../relations.ts';

/** The start options of an SQL child process, passed as JSON in its first argument. */
export interface ChildOptions {
  /** The store's directory. Statements may read only their tenant's subdirectories. */
  readonly directory: string;
  readonly threads: number;
  /** Resident memory size at which the child exits, in bytes. */
  readonly memoryLimitBytes: number;
}

/** The limits of a single result. */
export interface ResultLimits {
  readonly maxRows: number;
  /** Maximum size of the result, in bytes. */
  readonly maxResultBytes: number;
  /** The encoding. Default: an `SqlResult` as JSON. */
  readonly encoding?: SqlEncoding | undefined;
}

/** The properties of a statement that the parent needs to run it. */
export interface ExaminedStatement {
  readonly relations: readonly RelationName[];
  /** The derived views and macros that it reads. */
  readonly derived: readonly string[];
  /** Attribute keys for which the child needs shortcut columns. Empty if the statement cannot use them. */
  readonly keys: readonly string[];
}

/**
 * Requests to a child, which works on one statement at a time: `examine`, then `run` with the views that the statement
 * needs.
 */
export type ToChild =
  | { readonly kind: 'examine'; readonly tenant: string; readonly statement: string }
  | {
      readonly kind: 'run';
      readonly views: readonly string[];
      readonly limits: ResultLimits;
      /** The decrypted files that the views read, besides those of the tenant's directories. */
      readonly files: readonly string[];
    };

/**
 * `user`: an invalid statement. `memory`, `size`: a limit was exceeded. `broken`: the child must not be reused.
 * `internal`: a bug.
 */
export type ChildFailureKind = 'user' | 'memory' | 'size' | 'broken' | 'internal';

export type FromChild =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'examined' } & ExaminedStatement)
  /** The encoded result follows on the result pipe. */
  | { readonly kind: 'result'; readonly sizeBytes: number; readonly truncated: boolean }
  | { readonly kind: 'failure'; readonly failure: ChildFailureKind; readonly message: string };

/** File descriptor of the result pipe. In a child, 0 to 2 are closed, and 3 is the IPC channel. */
export const RESULT_PIPE = 4;
