import type { RelationName } from '../relations.ts';

/** The start options of a child process for SQL, as JSON in its first argument. */
export interface ChildOptions {
  /** Directory of the store. Statements may read only their tenant's directories in it. */
  readonly directory: string;
  readonly threads: number;
  /** Resident memory at which the child exits, in bytes. */
  readonly memoryLimitBytes: number;
}

/** Limits of one result. */
export interface ResultLimits {
  readonly maxRows: number;
  /** Maximum size of the result as JSON text, in bytes. */
  readonly maxResultBytes: number;
}

/** The properties of a statement that the parent needs. */
export interface ExaminedStatement {
  readonly relations: readonly RelationName[];
  /** Attribute keys for which the child needs shortcut columns; empty when the statement cannot use them. */
  readonly keys: readonly string[];
}

/** A child works on one statement at a time: `examine`, then `run` with the views that the statement needs. */
export type ToChild =
  | { readonly kind: 'examine'; readonly tenant: string; readonly statement: string }
  | { readonly kind: 'run'; readonly views: readonly string[]; readonly limits: ResultLimits };

/** `user`: invalid text. `memory` and `size`: a limit. `broken`: the child must not be reused. `internal`: a bug. */
export type ChildFailureKind = 'user' | 'memory' | 'size' | 'broken' | 'internal';

export type FromChild =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'examined' } & ExaminedStatement)
  /** The result as JSON text follows on the result pipe. */
  | { readonly kind: 'result'; readonly sizeBytes: number }
  | { readonly kind: 'failure'; readonly failure: ChildFailureKind; readonly message: string };

/** File descriptors of a child: 0 to 2 are closed, 3 is the channel for messages. */
export const RESULT_PIPE = 4;
