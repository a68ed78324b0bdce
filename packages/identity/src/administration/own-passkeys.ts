import { IdentityChangeError } from '../accounts/errors.ts';
import type { Session, Sessions } from '../accounts/sessions.ts';
import type { SignIn } from '../accounts/sign-in.ts';
import type { User } from '../accounts/users.ts';
import type { CallerRequest } from '../caller-request.ts';
import type { Changes } from '../database/changes.ts';
import { CHALLENGE_MILLIS, type PasskeyChallenges } from '../passkeys/passkey-challenges.ts';
import { challengeIn } from '../passkeys/passkey-sign-in.ts';
import type { Passkeys } from '../passkeys/passkeys.ts';
import { siteOf } from '../passkeys/site.ts';
import { verifyNewPasskey } from '../passkeys/verify-passkey.ts';
import type { Administration } from './administration.ts';
import { type OwnSessionOptions, recordOwnChange, requireSession } from './own-session.ts';

interface OwnPasskeysOptions extends OwnSessionOptions {
  readonly passkeys: Passkeys;
  readonly sessions: Sessions;
  readonly challenges: PasskeyChallenges;
  readonly signIn: SignIn;
  readonly changes: Changes;
  readonly now: () => number;
}

/** Creates what people do with their own passkeys. */
export function createOwnPasskeys(options: OwnPasskeysOptions): Administration['account']['passkeys'] {
  const { passkeys, sessions, challenges, signIn, changes, now } = options;
  const required = (request: CallerRequest) => requireSession(options, request);
  const record = (user: User, action: string, request: CallerRequest) =>
    recordOwnChange(options, user, action, request);
  /** A challenge is for one session, so that a confirmed password counts there only. */
  const purposeOf = ({ id }: Session): string => `add ${id}`;
  return {
    async start(request, password) {
      const { session, user } = required(request);
      await signIn.confirm({ email: user.email, password });
      return {
        challenge: await challenges.create(purposeOf(session), now()),
        ...{ rpId: siteOf(request).rpId, timeoutMillis: CHALLENGE_MILLIS },
        userId: Buffer.from(user.id).toString('base64url'),
        ...{ userName: user.email, displayName: user.name },
        known: passkeys.list(user.id).map(({ id }) => id),
      };
    },
    add: (request, { name, ...passkey }) =>
      changes.run(() => {
        const { session, user } = required(request);
        const challenge = challengeIn(passkey.clientData);
        if (!challenges.use(challenge, purposeOf(session), now()))
          throw new IdentityChangeError('passkey: the request has ended; start again');
        passkeys.add(user.id, passkey.id, name, verifyNewPasskey(passkey, challenge, siteOf(request)), now());
        // The device has verified the person.
        sessions.strengthen(session.id);
        record(user, 'account.add_passkey', request);
      }),
    async remove(request, { id, password }) {
      const { user } = required(request);
      await signIn.confirm({ email: user.email, password });
      await changes.run(() => {
        passkeys.remove(user.id, id);
        record(user, 'account.remove_passkey', request);
      });
    },
  };
}
