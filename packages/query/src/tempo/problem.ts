import { PROBLEM_STATUS, problemOf } from '../api/problem.ts';
import { PromqlExecutionError } from '../promql/errors.ts';
import { TraceqlLimitError } from '../traceql/errors.ts';
import { TraceqlError, TraceqlParseError } from '../traceql/parse/parse-error.ts';

/** An error response of the Tempo API: a status with a plain text. */
export class TempoProblem extends Error {
  override readonly name = 'TempoProblem';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }

  toResponse(): Response {
    const headers: Record<string, string> = { 'content-type': 'text/plain; charset=utf-8' };
    if (this.status === 503) headers['retry-after'] = '1';
    return new Response(this.message, { status: this.status, headers });
  }
}

/** Returns the problem for an invalid parameter. */
export function invalidParameter(name: string, reason: string): TempoProblem {
  return new TempoProblem(400, `invalid ${name}: ${reason}`);
}

/** Converts an error to an error response of the Tempo API, without internal details. Status 500 is a defect. */
export function tempoProblemOf(error: unknown): TempoProblem {
  if (error instanceof TempoProblem) return error;
  if (error instanceof TraceqlParseError || error instanceof TraceqlError) {
    return new TempoProblem(400, `invalid TraceQL query: ${error.message}`);
  }
  if (error instanceof TraceqlLimitError) return new TempoProblem(422, error.message);
  if (error instanceof PromqlExecutionError)
    return new TempoProblem(error.kind === 'timeout' ? 504 : 503, error.message);
  const { code, message } = problemOf(error);
  return new TempoProblem(PROBLEM_STATUS[code], message);
}
