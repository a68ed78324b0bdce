/** A query that cannot be evaluated, because it exceeds a limit. */
export class TraceqlLimitError extends Error {
  override readonly name = 'TraceqlLimitError';
}
