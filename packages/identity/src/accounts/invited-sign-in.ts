import type { InvitationRequest, InvitationResult, InvitedSignIn } from '../access-control.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { PasswordsBusyError } from '../credentials/password.ts';
import type { Changes } from '../database/changes.ts';
import { IdentityChangeError, IdentityUnavailableError } from './errors.ts';
import type { Invitations } from './invitations.ts';
import { MAX_AGE_MILLIS, type Sessions } from './sessions.ts';

interface InvitedSignInOptions {
  readonly invitations: Invitations;
  readonly sessions: Sessions;
  readonly changes: Changes;
  readonly now: () => number;
  readonly audit: (event: AuditEvent) => void;
}

/** Creates what signs in people who were invited. */
export function createInvitedSignIn({
  invitations,
  sessions,
  changes,
  now,
  audit,
}: InvitedSignInOptions): InvitedSignIn {
  const accepted = async ({ token, name, password, device, address }: InvitationRequest): Promise<InvitationResult> => {
    let secret = '';
    await invitations.accept(token, { name, password }, now(), ({ id, email }) => {
      secret = sessions.create(id, { device, address: address ?? '' }, now());
      changes.whenDurable(() =>
        audit({
          ...{ timeMillis: now(), subject: `user:${email}`, action: 'invitation.accept', outcome: 'allowed' },
          ...{ target: email, address },
        }),
      );
    });
    return { kind: 'signed_in', secret, maxAgeSeconds: MAX_AGE_MILLIS / 1000 };
  };
  return {
    emailOf: (token) => invitations.find(token, now())?.email,
    async accept(request) {
      try {
        return await accepted(request);
      } catch (error) {
        if (error instanceof PasswordsBusyError)
          return { kind: 'limited', reason: error.message, retryAfterSeconds: 1 };
        if (error instanceof IdentityUnavailableError) return { kind: 'unavailable', reason: error.message };
        if (!(error instanceof IdentityChangeError)) throw error;
        return { kind: 'refused', reason: error.message };
      }
    },
  };
}
