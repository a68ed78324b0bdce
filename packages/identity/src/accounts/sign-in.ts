import type { SignInRequest, SignInResult } from '../access-control.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { type PasswordHasher, PasswordsBusyError } from '../credentials/password.ts';
import { SignInThrottle } from '../credentials/throttle.ts';
import { IdentityChangeError, IdentityLimitError } from './errors.ts';
import type { SecondFactor } from './second-factor.ts';
import { MAX_AGE_MILLIS, type Sessions } from './sessions.ts';
import type { UserCredentials, Users } from './users.ts';

interface SignInOptions {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly secondFactor: SecondFactor;
  readonly hasher: PasswordHasher;
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
  readonly #accounts = new SignInThrottle(5);
  readonly #addresses = new SignInThrottle(30);

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  async signIn(request: SignInRequest): Promise<SignInResult> {
    const now = this.#options.now();
    const email = request.email.trim().toLowerCase().slice(0, 320);
    const address = request.address ?? '';
    const wait = Math.max(this.#accounts.waitMillis(email, now), this.#addresses.waitMillis(address, now));
    if (wait > 0) return this.#limited('too many attempts to sign in have failed', wait);
    // Counted before the password is checked, so that parallel attempts count as well.
    this.#accounts.failed(email, now);
    this.#addresses.failed(address, now);
    const found = this.#options.users.findByEmail(email);
    try {
      const result = await this.#check(found, request);
      this.#audit(request, email, result);
      if (result.kind === 'signed_in') {
        this.#accounts.succeeded(email);
        this.#addresses.undo(address);
      }
      return result;
    } catch (error) {
      if (error instanceof PasswordsBusyError) return this.#limited(error.message, 1000);
      throw error;
    }
  }

  /** Verifies the password of a person who is signed in. Rejects with an `IdentityChangeError`. Attempts count like those to sign in. */
  async confirm({ email, password }: { readonly email: string; readonly password: string }): Promise<void> {
    const { users, hasher, now } = this.#options;
    const key = email.toLowerCase();
    const wait = this.#accounts.waitMillis(key, now());
    if (wait > 0)
      throw new IdentityLimitError(`password: too many attempts have failed; try again in ${Math.ceil(wait / 1000)} s`);
    this.#accounts.failed(key, now());
    if (!(await hasher.verify(password, users.findByEmail(email)?.passwordHash)))
      throw new IdentityChangeError('password: expected the current one, got another');
    this.#accounts.succeeded(key);
  }

  async #check(found: UserCredentials | undefined, request: SignInRequest): Promise<SignInResult> {
    const { hasher, secondFactor, sessions, now } = this.#options;
    const isRight = await hasher.verify(request.password, found?.passwordHash);
    if (!isRight || found === undefined) return WRONG;
    const { user, needsCode } = found;
    if (user.state === 'locked') return LOCKED;
    if (needsCode) {
      if (request.code === undefined || request.code === '') return { kind: 'code_needed' };
      if (!secondFactor.use(user.id, request.code, now())) return WRONG;
    }
    const secret = sessions.create(user.id, { device: request.device, address: request.address ?? '' }, now());
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
