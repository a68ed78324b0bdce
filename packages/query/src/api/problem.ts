import type { ApiError } from './api.ts';

/** Error codes in `ApiError` and their HTTP statuses. */
export const PROBLEM_STATUS = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  limit_exceeded: 422,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
  timeout: 504,
} as const;
export type ProblemCode = keyof typeof PROBLEM_STATUS;

/** An error response, with a message for the client. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }

  toResponse(): Response {
    const body: ApiError = { error: { code: this.code, message: this.message } };
    return Response.json(body, { status: PROBLEM_STATUS[this.code], headers: this.headers });
  }
}

/** Converts an error to an error response without internal details. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  // Errors from store threads are copies that have lost their class.
  const code = error instanceof Error ? QUERY_ERRORS[error.name] : undefined;
  if (error instanceof Error && code !== undefined) {
    return new ApiProblem(code, error.message, code === 'unavailable' ? { 'retry-after': '1' } : {});
  }
  return new ApiProblem('internal', 'internal error; see the log of otelier');
}

/** Store errors whose message is intended for the client, by name. */
const QUERY_ERRORS: Readonly<Record<string, ProblemCode>> = {
  QueryError: 'bad_request',
  QueryLimitError: 'limit_exceeded',
  QueryBusyError: 'unavailable',
  StoreClosedError: 'unavailable',
  ProfilerBusyError: 'unavailable',
  DocumentConflictError: 'conflict',
  DocumentLimitError: 'limit_exceeded',
  RevisionConflictError: 'conflict',
  ReadOnlyConfigurationError: 'forbidden',
  UnknownRevisionError: 'not_found',
  DryRunBusyError: 'unavailable',
  DraftError: 'bad_request',
  RuleTextError: 'bad_request',
  IdentityChangeError: 'bad_request',
  IdentityConflictError: 'conflict',
  IdentityForbiddenError: 'forbidden',
  IdentityMissingError: 'not_found',
  IdentityLimitError: 'too_many_requests',
  IdentityUnavailableError: 'unavailable',
  PasswordsBusyError: 'unavailable',
};
