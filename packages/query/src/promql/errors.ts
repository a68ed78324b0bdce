/** Why the evaluation of a query failed, as in the `errorType` of the Prometheus API. */
export type FailureKind = 'execution' | 'timeout' | 'canceled';

/** A query that was valid but could not be evaluated. */
export class PromqlExecutionError extends Error {
  override readonly name = 'PromqlExecutionError';
  readonly kind: FailureKind;

  constructor(message: string, kind: FailureKind = 'execution') {
    super(message);
    this.kind = kind;
  }
}

/** The error for output series that have the same labels at the same time. */
export function sameLabelsError(): PromqlExecutionError {
  return new PromqlExecutionError('vector cannot contain metrics with the same labelset');
}
