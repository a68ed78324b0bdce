import { QueryError } from '../../../contract.ts';
import { StatementFailure } from '../../duck/failures.ts';
import type { ChildFailureKind } from './protocol.ts';

/** Classifies what went wrong with a user's statement. DuckDB's errors tell their kind at the start of their text. */
export function failureOf(error: unknown): { readonly failure: ChildFailureKind; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StatementFailure) return { failure: error.failure === 'size' ? 'size' : 'user', message };
  if (error instanceof QueryError) return { failure: 'user', message };
  if (/^Out of Memory Error|bad_alloc|bad allocation|Failed to allocate|Array buffer allocation/i.test(message)) {
    return { failure: 'memory', message };
  }
  if (/Invalid string length|string longer than|Invalid array length/i.test(message)) {
    return { failure: 'size', message: 'a value of the result is larger than a text can be' };
  }
  if (/call stack size exceeded/i.test(message)) {
    return { failure: 'user', message: 'SQL: expected a statement that is nested less deeply' };
  }
  // An assertion of DuckDB failed; it refuses to work on.
  if (/^(INTERNAL|FATAL) Error|database has been invalidated/.test(message)) {
    return { failure: 'broken', message: `SQL: DuckDB cannot run this statement: ${firstLine(message)}` };
  }
  if (/^IO Error/.test(message)) return { failure: 'internal', message };
  return { failure: 'user', message };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
