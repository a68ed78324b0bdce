import type { CallerRequest, PasskeySignIn, PasskeySignInResult } from '../access-control.ts';
import { IdentityChangeError, IdentityUnavailableError } from '../accounts/errors.ts';
import { MAX_AGE_MILLIS, type Sessions } from '../accounts/sessions.ts';
import type { Users } from '../accounts/users.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { byAddress, type SignInThrottle } from '../credentials/throttle.ts';
import type { Changes } from '../database/changes.ts';
import { CHALLENGE_MILLIS, type PasskeyChallenges } from './passkey-challenges.ts';
import type { Passkeys } from './passkeys.ts';
import { siteOf } from './site.ts';
import { type PasskeySignature, verifyPasskey } from './verify-passkey.ts';

interface PasskeySignInOptions {
  readonly passkeys: Passkeys;
  readonly challenges: PasskeyChallenges;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly throttle: SignInThrottle;
  readonly changes: Changes;
  readonly now: () => number;
  readonly audit: (event: AuditEvent) => void;
}

const PURPOSE = 'sign in';
const REFUSED = 'the passkey is not known here, or was removed';

/** Creates what signs people in with passkeys. A passkey verifies the person on the device, so that no other factor is asked for. */
export function createPasskeySignIn(options: PasskeySignInOptions): PasskeySignIn {
  const { passkeys, challenges, users, sessions, throttle, changes, now, audit } = options;
  const signedIn = (request: CallerRequest, signature: PasskeySignature): PasskeySignInResult => {
    const site = siteOf(request);
    const challenge = challengeIn(signature.clientData);
    const stored = passkeys.find(signature.id);
    const user = stored && users.get(stored.user);
    if (stored === undefined || user === undefined) throw new IdentityChangeError(REFUSED);
    const signCount = verifyPasskey(signature, stored, challenge, site);
    if (!challenges.use(challenge, PURPOSE, now()))
      throw new IdentityChangeError('passkey: the sign-in has ended; start again');
    if (user.state === 'locked')
      throw new IdentityChangeError('this account is locked; ask an administrator to unlock it');
    passkeys.used(stored.id, signCount, now());
    const device = {
      ...{ device: request.headers.get('user-agent') ?? '', address: request.address ?? '' },
      isStrong: true,
    };
    const secret = sessions.create(user.id, device, now());
    const { email } = user;
    changes.whenDurable(() => record(request, { outcome: 'allowed', subject: `user:${email}`, target: email }));
    return { kind: 'signed_in', secret, maxAgeSeconds: MAX_AGE_MILLIS / 1000 };
  };
  const record = (
    { address }: CallerRequest,
    event: Pick<AuditEvent, 'outcome' | 'subject' | 'target' | 'reason'>,
  ): void => audit({ timeMillis: now(), action: 'sign_in', address, ...event });
  return {
    async begin(request) {
      const { rpId } = siteOf(request);
      return { challenge: await challenges.create(PURPOSE, now()), rpId, timeoutMillis: CHALLENGE_MILLIS };
    },
    async finish(request, signature) {
      const address = byAddress('passkey', request.address ?? '');
      try {
        const wait = await throttle.attempt([address], now());
        if (wait > 0)
          return {
            kind: 'limited',
            reason: 'too many attempts to sign in have failed',
            retryAfterSeconds: Math.ceil(wait / 1000),
          };
        const result = await changes.run(() => signedIn(request, signature));
        await throttle.undo(address.key, now());
        return result;
      } catch (error) {
        if (error instanceof IdentityUnavailableError) return { kind: 'unavailable', reason: error.message };
        if (!(error instanceof IdentityChangeError)) throw error;
        record(request, { outcome: 'denied', subject: 'unknown', reason: error.message });
        return { kind: 'refused', reason: error.message };
      }
    },
  };
}

/** Returns the challenge that a browser says it signed; empty if it says none. */
export function challengeIn(clientData: string): string {
  try {
    const data: unknown = JSON.parse(Buffer.from(clientData.slice(0, 8192), 'base64url').toString('utf8'));
    const isObject = typeof data === 'object' && data !== null && 'challenge' in data;
    return isObject && typeof data.challenge === 'string' ? data.challenge : '';
  } catch {
    return '';
  }
}
