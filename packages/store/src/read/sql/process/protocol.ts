import type { RelationName } from '../relations.ts';

/** What a child process for SQL is started with, as JSON in its first argument. */
export interface ChildOptions {
  /** The store's directory; a tenant's statements read its own directories in it and nothing else. */
  readonly directory: string;
  readonly threads: number;
  /** Resident memory at which the child ends itself. */
  readonly memoryLimitBytes: number;
}

/** Bounds of one result. */
export interface ResultLimits {
  readonly maxRows: number;
  /** Of the result as JSON text. */
  readonly maxResultBytes: number;
}

/** What a statement reads, as far as the parent must know it. */
export interface ExaminedStatement {
  readonly relations: readonly RelationName[];
  /** Attribute keys for which the child wants shortcut columns; empty when the statement cannot use them. */
  readonly keys: readonly string[];
}

/** A child works on one statement at a time: `examine`, then `run` with the views that the statement asks for. */
export type ToChild =
  | { readonly kind: 'examine'; readonly tenant: string; readonly statement: string }
  | { readonly kind: 'run'; readonly views: readonly string[]; readonly limits: ResultLimits };

/** `user`: the text is wrong. `memory` and `size`: a limit. `broken`: the child must not be used again. `fault`: ours. */
export type ChildFailureKind = 'user' | 'memory' | 'size' | 'broken' | 'internal';

export type FromChild =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'examined' } & ExaminedStatement)
  /** The result as JSON text follows on the result pipe. */
  | { readonly kind: 'result'; readonly sizeBytes: number }
  | { readonly kind: 'failure'; readonly failure: ChildFailureKind; readonly message: string };

/** File descriptors of a child: 0 to 2 are closed to it, 3 is the channel for messages. */
export const RESULT_PIPE = 4;
