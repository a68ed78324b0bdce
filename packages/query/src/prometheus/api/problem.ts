import { ApiProblem } from '../../api/problem.ts';
import { PromqlExecutionError } from '../../promql/errors.ts';
import { PromqlParseError } from '../../promql/parse/parse-error.ts';

/** The error types of the Prometheus API and their HTTP statuses. */
const STATUS = {
  bad_data: 400,
  not_found: 404,
  execution: 422,
  timeout: 503,
  canceled: 503,
  unavailable: 503,
  internal: 500,
} as const;

export type PrometheusErrorType = keyof typeof STATUS;

/** An error response of the Prometheus API. */
export class PrometheusProblem extends Error {
  override readonly name = 'PrometheusProblem';
  readonly type: PrometheusErrorType;
  readonly status: number;

  constructor(type: PrometheusErrorType, message: string, status: number = STATUS[type]) {
    super(message);
    this.type = type;
    this.status = status;
  }

  toResponse(): Response {
    return Response.json({ status: 'error', errorType: this.type, error: this.message }, { status: this.status });
  }
}

/** Returns the problem for an invalid parameter. */
export function invalidParameter(name: string, reason: string): PrometheusProblem {
  return new PrometheusProblem('bad_data', `invalid parameter "${name}": ${reason}`);
}

/** Errors of the store, which may be copies from other threads that have lost their class. */
const STORE_ERRORS: Readonly<Record<string, PrometheusErrorType>> = {
  QueryError: 'execution',
  QueryLimitError: 'execution',
  QueryBusyError: 'unavailable',
  StoreClosedError: 'unavailable',
};

/** Converts an error to an error response of the Prometheus API, without internal details. */
export function prometheusProblemOf(error: unknown): PrometheusProblem {
  if (error instanceof PrometheusProblem) return error;
  if (error instanceof PromqlParseError) return invalidParameter('query', error.message);
  if (error instanceof PromqlExecutionError) return new PrometheusProblem(error.kind, error.message);
  if (error instanceof ApiProblem) return ofApiProblem(error);
  const type = error instanceof Error ? STORE_ERRORS[error.name] : undefined;
  if (error instanceof Error && type !== undefined) return new PrometheusProblem(type, error.message);
  return new PrometheusProblem('internal', 'internal error; see the log of otelier');
}

function ofApiProblem({ code, message }: ApiProblem): PrometheusProblem {
  switch (code) {
    case 'timeout':
      return new PrometheusProblem('timeout', message);
    case 'unavailable':
      return new PrometheusProblem('unavailable', message);
    case 'limit_exceeded':
      return new PrometheusProblem('execution', message);
    case 'forbidden':
      return new PrometheusProblem('bad_data', message, 403);
    case 'too_large':
      return new PrometheusProblem('bad_data', message, 413);
    default:
      return new PrometheusProblem('bad_data', message);
  }
}
