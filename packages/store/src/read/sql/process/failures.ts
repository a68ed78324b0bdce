import { QueryError } from '../../../contract.ts';
import { errorMessage } from '../../../error-message.ts';
import { StatementFailure } from '../../duck/failures.ts';
import type { ChildFailureKind } from './protocol.ts';

/** Classifies an error raised by a user's statement. DuckDB error messages begin with the error type. */
export function failureOf(error: unknown): { readonly failure: ChildFailureKind; readonly message: string } {
  const message = errorMessage(error);
  if (error instanceof StatementFailure) return { failure: error.failure === 'size' ? 'size' : 'user', message };
  if (error instanceof QueryError) return { failure: 'user', message };
  if (/^Out of Memory Error|bad_alloc|bad allocation|Failed to allocate|Array buffer allocation/i.test(message)) {
    return { failure: 'memory', message };
  }
  if (/Invalid string length|string longer than|Invalid array length/i.test(message)) {
    return { failure: 'size', message: 'a value of the result exceeds the maximum string length' };
  }
  if (/call stack size exceeded/i.test(message)) {
    return { failure: 'user', message: 'SQL: expected a less deeply nested statement' };
  }
  // A DuckDB assertion failed; the engine is unusable afterwards.
  if (/^(INTERNAL|FATAL) Error|database has been invalidated/.test(message)) {
    return { failure: 'broken', message: `SQL: DuckDB cannot run this statement: ${firstLine(message)}` };
  }
  if (/^IO Error/.test(message)) return { failure: 'internal', message };
  return { failure: 'user', message };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
