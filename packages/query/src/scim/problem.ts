import { PROBLEM_STATUS, problemOf } from '../api/problem.ts';

const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** What is wrong with a request, as RFC 7644 names it. */
export type ScimType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidSyntax'
  | 'invalidValue'
  | 'mutability'
  | 'noTarget'
  | 'uniqueness';

/** An error response of SCIM. */
export class ScimProblem extends Error {
  override readonly name = 'ScimProblem';
  readonly status: number;
  readonly scimType: ScimType | undefined;

  constructor(status: number, message: string, scimType?: ScimType) {
    super(message);
    this.status = status;
    this.scimType = scimType;
  }

  toResponse(): Response {
    const { status, scimType, message } = this;
    return scimResponse(
      { schemas: [ERROR_SCHEMA], status: String(status), ...(scimType !== undefined && { scimType }), detail: message },
      status,
    );
  }
}

/** Converts an error to an error response of SCIM, without internal details. Status 500 is a defect. */
export function scimProblemOf(error: unknown): ScimProblem {
  if (error instanceof ScimProblem) return error;
  const { code, message } = problemOf(error);
  const scimType = code === 'conflict' ? 'uniqueness' : code === 'bad_request' ? 'invalidValue' : undefined;
  return new ScimProblem(PROBLEM_STATUS[code], message, scimType);
}

/** Returns a response with a SCIM message. */
export function scimResponse(body: object, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/scim+json', ...headers },
  });
}
