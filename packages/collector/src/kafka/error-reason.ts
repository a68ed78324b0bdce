import { errorMessage } from '../component/error-message.ts';

/** Returns why a request failed: the message of its error, or those of the errors that it consists of. */
export function errorReason(error: unknown): string {
  return [...new Set(reasonsOf(error))].join('; ');
}

/** Returns the codes of brokers in an error, such as `MESSAGE_TOO_LARGE`. */
export function errorCodes(error: unknown): readonly string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(errorCodes);
  const { apiId } = error as { readonly apiId?: unknown };
  return typeof apiId === 'string' ? [apiId] : [];
}

function reasonsOf(error: unknown): readonly string[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(reasonsOf);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return [`${errorMessage(error)}${cause}`];
}
