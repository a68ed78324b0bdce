import { ApiProblem } from '../../api/problem.ts';
import { LogqlExecutionError } from '../../logql/errors.ts';
import { LogqlParseError } from '../../logql/parse/parse-error.ts';
import { PrometheusProblem } from '../../prometheus/api/problem.ts';
import { PromqlExecutionError } from '../../promql/errors.ts';

/** An error response of the Loki API: a text with a status. */
export class LokiProblem extends Error {
  override readonly name = 'LokiProblem';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }

  toResponse(): Response {
    return new Response(`${this.message}\n`, {
      status: this.status,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', ...this.headers },
    });
  }
}

/** Statuses of the errors of the store, which may be copies from other threads that have lost their class. */
const STORE_ERRORS: Readonly<Record<string, number>> = {
  QueryError: 400,
  QueryLimitError: 400,
  QueryBusyError: 503,
  StoreClosedError: 503,
};
/** Statuses of the API's own errors. */
const API_ERRORS: Readonly<Record<string, number>> = {
  timeout: 504,
  unavailable: 503,
  limit_exceeded: 429,
  forbidden: 403,
  too_large: 413,
  internal: 500,
};

/** Converts an error to an error response of the Loki API, without internal details. */
export function lokiProblemOf(error: unknown): LokiProblem {
  if (error instanceof LokiProblem) return error;
  if (error instanceof LogqlParseError || error instanceof LogqlExecutionError) {
    return new LokiProblem(400, error.message);
  }
  if (error instanceof PromqlExecutionError) return ofExecution(error);
  if (error instanceof PrometheusProblem) return new LokiProblem(error.status, error.message);
  if (error instanceof ApiProblem) return new LokiProblem(API_ERRORS[error.code] ?? 400, error.message);
  const status = error instanceof Error ? STORE_ERRORS[error.name] : undefined;
  if (error instanceof Error && status !== undefined) return new LokiProblem(status, error.message);
  return new LokiProblem(500, 'internal error; see the log of otelier');
}

function ofExecution({ kind, message }: PromqlExecutionError): LokiProblem {
  if (kind === 'timeout')
    return new LokiProblem(
      504,
      `Request timed out, decrease the duration of the request or add more label matchers (prefer exact match over regex match) to reduce the amount of data processed: ${message}`,
    );
  return new LokiProblem(kind === 'canceled' ? 499 : 400, message);
}
