import { QueryError } from '../../contract.ts';
import { errorMessage } from '../../error-message.ts';
import type { FailureKind } from './protocol.ts';

/** The error of a statement that failed for a known reason. */
export class StatementFailure extends Error {
  override readonly name = 'StatementFailure';
  readonly failure: FailureKind;

  constructor(failure: FailureKind, message: string) {
    super(message);
    this.failure = failure;
  }
}

export const TOO_MUCH_MEMORY = 'the query exceeds its memory limit';

/** Classifies a DuckDB error by the error type at the start of its message. */
export function failureOf(error: unknown, signal: AbortSignal): { failure: FailureKind; message: string } {
  if (error instanceof StatementFailure) return { failure: error.failure, message: error.message };
  const message = errorMessage(error);
  if (error instanceof QueryError) return { failure: 'user', message };
  if (signal.aborted) return { failure: 'cancelled', message: 'the query was canceled' };
  if (/^Out of Memory Error/.test(message)) return { failure: 'memory', message: TOO_MUCH_MEMORY };
  if (USERS_ERRORS.test(message)) return { failure: 'user', message };
  return { failure: 'internal', message: error instanceof Error ? (error.stack ?? message) : message };
}

/** Error types caused by the statement itself rather than by DuckDB or the disk. */
const USERS_ERRORS =
  /^(Failed to extract statements: )?(Parser|Syntax|Binder|Catalog|Conversion|Invalid Input|Out of Range|Mismatch Type|Invalid type|Permission|Not implemented|Division by Zero|Constraint|Sequence|Dependency|Expression|Executor|Parameter Not Resolved|Parameter Not Allowed) Error/i;
