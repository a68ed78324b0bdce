import { IdentityChangeError, IdentityForbiddenError } from '../accounts/errors.ts';
import type { Session } from '../accounts/sessions.ts';
import type { SignIn } from '../accounts/sign-in.ts';
import type { User } from '../accounts/users.ts';
import type { CallerRequest } from '../caller-request.ts';
import { CHALLENGE_MILLIS, type PasskeyChallenges } from '../passkeys/passkey-challenges.ts';
import { challengeIn } from '../passkeys/passkey-sign-in.ts';
import type { Passkeys } from '../passkeys/passkeys.ts';
import { siteOf } from '../passkeys/site.ts';
import { verifyNewPasskey } from '../passkeys/verify-passkey.ts';
import type { Administration } from './administration.ts';
import type { RecordChange } from './change-log.ts';

interface OwnPasskeysOptions {
  readonly passkeys: Passkeys;
  readonly challenges: PasskeyChallenges;
  readonly signIn: SignIn;
  readonly record: RecordChange;
  readonly now: () => number;
  /** Returns the session of a request. */
  readonly sessionOf: (request: CallerRequest) => { readonly session: Session; readonly user: User } | undefined;
}

/** Creates what people do with their own passkeys. */
export function createOwnPasskeys(options: OwnPasskeysOptions): Administration['account']['passkeys'] {
  const { passkeys, challenges, signIn, now } = options;
  const required = (request: CallerRequest): { readonly session: Session; readonly user: User } => {
    const found = options.sessionOf(request);
    if (found !== undefined) return found;
    throw new IdentityForbiddenError('account: expected a person who signed in, got another caller');
  };
  const record = ({ email }: User, action: string, { address }: CallerRequest): void =>
    options.record({ subject: `user:${email}` }, { action, target: email, address });
  /** A challenge is for one session, so that a confirmed password counts there only. */
  const purposeOf = ({ id }: Session): string => `add ${id}`;
  return {
    async start(request, password) {
      const { session, user } = required(request);
      await signIn.confirm({ email: user.email, password });
      return {
        challenge: challenges.create(purposeOf(session), now()),
        ...{ rpId: siteOf(request).rpId, timeoutMillis: CHALLENGE_MILLIS },
        userId: Buffer.from(user.id).toString('base64url'),
        ...{ userName: user.email, displayName: user.name },
        known: passkeys.list(user.id).map(({ id }) => id),
      };
    },
    add(request, { name, ...passkey }) {
      const { session, user } = required(request);
      const challenge = challengeIn(passkey.clientData);
      if (!challenges.use(challenge, purposeOf(session), now()))
        throw new IdentityChangeError('passkey: the request has ended; start again');
      passkeys.add(user.id, passkey.id, name, verifyNewPasskey(passkey, challenge, siteOf(request)), now());
      record(user, 'account.add_passkey', request);
    },
    async remove(request, { id, password }) {
      const { user } = required(request);
      await signIn.confirm({ email: user.email, password });
      passkeys.remove(user.id, id);
      record(user, 'account.remove_passkey', request);
    },
  };
}
