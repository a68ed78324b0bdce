import { IdentityChangeError } from '../accounts/errors.ts';
import type { Invitations } from '../accounts/invitations.ts';
import type { Roles } from '../accounts/roles.ts';
import type { Changes } from '../database/changes.ts';
import type { Administration } from './administration.ts';
import { describeGrants, type RecordChange } from './change-log.ts';
import { requireHeld } from './held-permissions.ts';
import { checkGrants } from './people.ts';

/** The path at which a person accepts an invitation. */
export const INVITATION_PATH = '/sign-in/invitation';
const MAX_VALID_MILLIS = 30 * 24 * 3_600_000;

/** Creates what administrators do with invitations. */
export function createInvitations(
  invitations: Invitations,
  roles: Roles,
  { changes, record, now }: { readonly changes: Changes; readonly record: RecordChange; readonly now: () => number },
): Administration['invitations'] {
  return {
    list: () => invitations.list(now()),
    create: (by, { email, grants, validMillis }) =>
      changes.run(() => {
        checkGrants(by, grants, roles);
        if (validMillis <= 0 || validMillis > MAX_VALID_MILLIS)
          throw new IdentityChangeError('validSeconds: expected more than 0 and at most 30 days');
        const expiresMillis = now() + validMillis;
        const { id, secret } = invitations.create({ email, grants, createdBy: by.subject, expiresMillis }, now());
        record(by, { action: 'invitation.create', target: `${email}: ${describeGrants(grants)}` });
        return { id, path: `${INVITATION_PATH}?${new URLSearchParams({ token: secret })}`, expiresMillis };
      }),
    revoke: (by, id) =>
      changes.run(() => {
        const found = invitations.list(now()).find((one) => one.id === id);
        if (found !== undefined) requireHeld(by, found.grants, roles);
        invitations.revoke(id);
        record(by, { action: 'invitation.revoke', target: found?.email ?? id });
      }),
  };
}
