import { IdentityForbiddenError } from '../accounts/errors.ts';
import type { Session } from '../accounts/sessions.ts';
import type { User } from '../accounts/users.ts';
import type { CallerRequest } from '../caller-request.ts';
import type { RecordChange } from './change-log.ts';

/** A person who is signed in. */
export interface SignedIn {
  readonly session: Session;
  readonly user: User;
}

/** What changes of people to their own accounts depend on. */
export interface OwnSessionOptions {
  readonly record: RecordChange;
  /** Returns the session of a request. */
  readonly sessionOf: (request: CallerRequest) => SignedIn | undefined;
}

/** Returns the session of a request. Throws an `IdentityForbiddenError` if no person has signed in. */
export function requireSession({ sessionOf }: OwnSessionOptions, request: CallerRequest): SignedIn {
  const found = sessionOf(request);
  if (found !== undefined) return found;
  throw new IdentityForbiddenError('account: expected a person who signed in, got another caller');
}

/** Records what a person changed in the own account. */
export function recordOwnChange(
  { record }: OwnSessionOptions,
  { email }: User,
  action: string,
  { address }: CallerRequest,
): void {
  record({ subject: `user:${email}` }, { action, target: email, address });
}
