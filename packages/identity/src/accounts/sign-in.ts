import type { SignInRequest, SignInResult } from '../access-control.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { type PasswordHasher, PasswordsBusyError } from '../credentials/password.ts';
import { byAccount, byAddress, type SignInThrottle } from '../credentials/throttle.ts';
import type { Changes } from '../database/changes.ts';
import { IdentityChangeError, IdentityLimitError, IdentityUnavailableError } from './errors.ts';
import type { SecondFactor } from './second-factor.ts';
import { MAX_AGE_MILLIS, type Sessions } from './sessions.ts';
import type { UserCredentials, Users } from './users.ts';

interface SignInOptions {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly secondFactor: SecondFactor;
  readonly hasher: PasswordHasher;
  readonly throttle: SignInThrottle;
  readonly changes: Changes;
  readonly now: () => number;
  readonly audit: (event: AuditEvent) => void;
}

/** The same words for every reason that would tell whether an account exists. */
const WRONG = { kind: 'refused', reason: 'the email address, the password or the code is not right' } as const;
const LOCKED = {
  kind: 'refused',
  reason: 'this account is locked; ask an administrator to unlock it',
  isLocked: true,
} as const;

/** Signs people in with a password and, if their account needs one, a one-time password. */
export class SignIn {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  async signIn(request: SignInRequest): Promise<SignInResult> {
    const { throttle, now } = this.#options;
    const email = request.email.trim().toLowerCase().slice(0, 320);
    const [account, address] = [byAccount(email), byAddress('password', request.address ?? '')];
    try {
      const wait = await throttle.attempt([account, address], now());
      if (wait > 0) return this.#limited('too many attempts to sign in have failed', wait);
      const result = await this.#check(email, request);
      this.#audit(request, email, result);
      if (result.kind === 'signed_in') {
        await throttle.succeeded(account.key);
        await throttle.undo(address.key, now());
      }
      return result;
    } catch (error) {
      if (error instanceof PasswordsBusyError) return this.#limited(error.message, 1000);
      if (error instanceof IdentityUnavailableError) return { kind: 'unavailable', reason: error.message };
      throw error;
    }
  }

  /** Verifies the password of a person who is signed in. Rejects with an `IdentityChangeError`. Attempts count like those to sign in. */
  async confirm({ email, password }: { readonly email: string; readonly password: string }): Promise<void> {
    const { users, hasher, throttle, now } = this.#options;
    const account = byAccount(email);
    const wait = await throttle.attempt([account], now());
    if (wait > 0)
      throw new IdentityLimitError(`password: too many attempts have failed; try again in ${Math.ceil(wait / 1000)} s`);
    if (!(await hasher.verify(password, users.findByEmail(email)?.passwordHash)))
      throw new IdentityChangeError('password: expected the current one, got another');
    await throttle.succeeded(account.key);
  }

  async #check(email: string, request: SignInRequest): Promise<SignInResult> {
    const { users, hasher, changes } = this.#options;
    const verified = users.findByEmail(email);
    const isRight = await hasher.verify(request.password, verified?.passwordHash);
    if (!isRight || verified === undefined) return WRONG;
    return changes.run(() => {
      // The account may have changed while the password was verified.
      const found = users.findByEmail(email);
      return found !== undefined && found.passwordHash === verified.passwordHash
        ? this.#createSession(found, request)
        : WRONG;
    });
  }

  #createSession({ user, needsCode }: UserCredentials, request: SignInRequest): SignInResult {
    const { secondFactor, sessions, now } = this.#options;
    if (user.state === 'locked') return LOCKED;
    if (needsCode) {
      if (request.code === undefined || request.code === '') return { kind: 'code_needed' };
      if (!secondFactor.use(user.id, request.code, now())) return WRONG;
    }
    const device = { device: request.device, address: request.address ?? '', isStrong: needsCode };
    const secret = sessions.create(user.id, device, now());
    return { kind: 'signed_in', secret, maxAgeSeconds: MAX_AGE_MILLIS / 1000 };
  }

  #limited(reason: string, waitMillis: number): SignInResult {
    const retryAfterSeconds = Math.ceil(waitMillis / 1000);
    return { kind: 'limited', reason: `${reason}; try again in ${retryAfterSeconds} s`, retryAfterSeconds };
  }

  #audit({ address }: SignInRequest, email: string, result: SignInResult): void {
    if (result.kind === 'code_needed') return;
    this.#options.audit({
      timeMillis: this.#options.now(),
      subject: result === WRONG ? 'unknown' : `user:${email}`,
      action: 'sign_in',
      outcome: result.kind === 'signed_in' ? 'allowed' : 'denied',
      target: email,
      address,
      reason: result.kind === 'refused' ? result.reason : undefined,
    });
  }
}
