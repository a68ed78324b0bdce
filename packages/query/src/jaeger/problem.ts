import { PROBLEM_STATUS, problemOf } from '../api/problem.ts';
import { PromqlExecutionError } from '../promql/errors.ts';
import { TraceqlLimitError } from '../traceql/errors.ts';

/** An error response of the Jaeger API. */
export class JaegerProblem extends Error {
  override readonly name = 'JaegerProblem';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }

  /** `isV3` selects the form of version 3. */
  toResponse(isV3: boolean): Response {
    const { status, message } = this;
    const body = isV3
      ? { error: { httpCode: status, message } }
      : { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status, msg: message }] };
    return Response.json(body, { status, headers: status === 503 ? { 'retry-after': '1' } : {} });
  }
}

/** Converts an error to an error response of the Jaeger API, without internal details. Status 500 is a defect. */
export function jaegerProblemOf(error: unknown): JaegerProblem {
  if (error instanceof JaegerProblem) return error;
  if (error instanceof TraceqlLimitError) return new JaegerProblem(422, error.message);
  if (error instanceof PromqlExecutionError)
    return new JaegerProblem(error.kind === 'timeout' ? 504 : 503, error.message);
  const { code, message } = problemOf(error);
  return new JaegerProblem(PROBLEM_STATUS[code], message);
}
