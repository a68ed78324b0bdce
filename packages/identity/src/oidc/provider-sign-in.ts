import type {
  CallerRequest,
  LogoutResult,
  ProviderRejection,
  ProviderResult,
  SignInProvider,
} from '../access-control.ts';
import { IdentityChangeError, IdentityUnavailableError } from '../accounts/errors.ts';
import { MAX_AGE_MILLIS, type ProviderSession, type SessionProvider, type Sessions } from '../accounts/sessions.ts';
import { isEmail, type User, type Users } from '../accounts/users.ts';
import type { AuditEvent } from '../audit/entry.ts';
import type { Changes } from '../database/changes.ts';
import type { SharedSecrets } from '../database/shared-secrets.ts';
import type { UsedTokens } from '../database/used-tokens.ts';
import { OidcClient, ProviderError } from './client.ts';
import { type Claims, grantsOf, type OidcOptions } from './options.ts';
import { PendingSignIns } from './pending-sign-ins.ts';
import { openTokens, type ProviderTokens, sealTokens } from './sealed-tokens.ts';

interface ProviderOptions {
  readonly oidc: OidcOptions;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly changes: Changes;
  readonly secrets: SharedSecrets;
  readonly usedTokens: UsedTokens;
  readonly now: () => number;
  readonly audit: (event: AuditEvent) => void;
}

/** The shortest time between two requests whether a person still has access. */
const MIN_RECHECK_MILLIS = 60_000;
const DEFAULT_RECHECK_SECONDS = 300;
/** How long sessions stay valid while the provider cannot be reached. */
const MAX_OVERDUE_MILLIS = 3_600_000;

/** Signs people in with an OpenID Connect provider, and asks it again while their sessions are used. */
export class ProviderSignIn implements SignInProvider {
  readonly name: string;
  readonly isSecure: boolean;
  readonly #options: ProviderOptions;
  readonly #client: OidcClient;
  readonly #pending: PendingSignIns;
  readonly #rechecking = new Set<string>();

  constructor(options: ProviderOptions) {
    this.name = options.oidc.name;
    this.isSecure = options.oidc.redirectUrl.startsWith('https:');
    this.#options = options;
    this.#client = new OidcClient(options.oidc, options.now);
    this.#pending = new PendingSignIns(options.secrets);
  }

  async begin(next: string): ReturnType<SignInProvider['begin']> {
    try {
      const { location, pending } = await this.#client.begin(next);
      return {
        kind: 'begun',
        location: location.href,
        binding: await this.#pending.bind(pending, this.#options.now()),
      };
    } catch (error) {
      return failureOf(error);
    }
  }

  async finish(request: CallerRequest, binding: string): Promise<ProviderResult> {
    const pending = this.#pending.read(binding, this.#options.now());
    if (pending === undefined)
      return this.#refused(request, {
        ...{ kind: 'refused', rejection: 'ended' },
        reason: 'the sign-in has ended or began in another browser; start again',
      });
    try {
      const { claims, tokens, expiresInSeconds } = await this.#client.finish(request.url.search, pending);
      return await this.#options.changes.run(() => {
        const user = this.#userOf(claims);
        const { sid } = claims;
        const session = this.#createSession(request, user, tokens, {
          ...{ expiresInSeconds, id: typeof sid === 'string' ? sid : undefined },
        });
        this.#options.changes.whenDurable(() =>
          this.#audit(request, { outcome: 'allowed', subject: `user:${user.email}`, target: user.email }),
        );
        return { kind: 'signed_in', ...session, next: pending.next };
      });
    } catch (error) {
      return this.#refused(request, failureOf(error));
    }
  }

  /** Reports whether a session is valid, and asks the provider in the background if it is time to. */
  isValid({ id, provider }: ProviderSession, user: User, secret: string): boolean {
    const now = this.#options.now();
    if (provider?.recheckMillis === undefined || provider.recheckMillis > now) return true;
    if (provider.recheckMillis + MAX_OVERDUE_MILLIS < now) return false;
    if (!this.#rechecking.has(id)) {
      this.#rechecking.add(id);
      // Its failures end the session, or are tried again with a later request.
      void this.#recheck(id, provider, user, secret)
        .catch(() => undefined)
        .finally(() => this.#rechecking.delete(id));
    }
    return true;
  }

  async logOut(token: string): Promise<LogoutResult> {
    const { oidc, users, sessions, changes, usedTokens, now } = this.#options;
    try {
      const { subject, session, tokenId, expiresMillis } = await this.#client.readLogoutToken(token);
      return await changes.run(() => {
        if (!usedTokens.use(`logout ${oidc.issuer} ${tokenId}`, expiresMillis, now()))
          throw new ProviderError('jti: expected a token that was not used, got it again');
        const bySubject = subject === undefined ? undefined : users.findByProvider({ issuer: oidc.issuer, subject });
        const ids = subject === undefined ? sessions.usersOfProvider(session ?? '') : [bySubject?.id ?? ''];
        const ended = ids.reduce((sum, id) => sum + this.#end(id, session), 0);
        return { kind: 'ended', sessions: ended };
      });
    } catch (error) {
      if (error instanceof IdentityUnavailableError) return { kind: 'unavailable', reason: error.message };
      if (!(error instanceof ProviderError)) throw error;
      this.#options.audit({
        ...{ timeMillis: now(), subject: 'unknown', action: 'session.end', outcome: 'denied', reason: error.message },
      });
      return { kind: error.kind, reason: error.message };
    }
  }

  /** Ends the sessions of a person with this provider. Returns their number. */
  #end(id: string, session: string | undefined): number {
    const { oidc, users, sessions, changes, audit, now } = this.#options;
    if (users.providerOf(id)?.issuer !== oidc.issuer) return 0;
    const ended = sessions.endOfProvider(id, session);
    const target = users.get(id)?.email;
    if (ended > 0)
      changes.whenDurable(() =>
        audit({
          timeMillis: now(),
          subject: `provider:${oidc.issuer}`,
          action: 'session.end',
          outcome: 'allowed',
          target,
        }),
      );
    return ended;
  }

  /** Returns the address at which the session at the provider ends; `undefined` if there is none. */
  async endSessionUrl({ provider }: ProviderSession, secret: string): Promise<string | undefined> {
    const tokens = provider && openTokens(provider.sealed, secret);
    if (tokens === undefined) return undefined;
    try {
      return (await this.#client.endSessionUrl(tokens))?.href;
    } catch {
      // The session here has ended; that of the provider ends by itself.
      return undefined;
    }
  }

  #userOf(claims: Claims): User {
    const { oidc, users, now } = this.#options;
    const { sub, email, email_verified: isVerified, name } = claims;
    if (typeof sub !== 'string' || typeof email !== 'string' || !isEmail(email))
      throw new ProviderError('email: expected the provider to send the email address; request the scope email', {
        rejection: 'no_address',
      });
    if (isVerified === false)
      throw new ProviderError('email: expected an address that the provider has verified', { rejection: 'no_address' });
    const grants = grantsOf(claims, oidc);
    const noRole = new ProviderError('none of your groups has a role here; ask an administrator', {
      rejection: 'no_role',
    });
    if (grants.length === 0 && !users.isProvisioned(email)) throw noRole;
    const user = users.fromProvider(
      {
        issuer: oidc.issuer,
        subject: sub,
        email,
        name: displayName(name) ?? email,
        grants,
      },
      now(),
    );
    if (user.grants.length === 0) throw noRole;
    if (user.state === 'locked')
      throw new ProviderError('this account is locked; ask an administrator to unlock it', { rejection: 'locked' });
    return user;
  }

  #createSession(
    request: CallerRequest,
    user: User,
    tokens: ProviderTokens,
    { expiresInSeconds, id }: { readonly expiresInSeconds: number | undefined; readonly id: string | undefined },
  ): { readonly secret: string; readonly maxAgeSeconds: number } {
    const { sessions, now } = this.#options;
    const device = {
      ...{ device: request.headers.get('user-agent') ?? '', address: request.address ?? '' },
      // Which factors it demands is for the provider to decide.
      isStrong: true,
    };
    const secret = sessions.create(user.id, device, now());
    sessions.setProvider(secret, {
      sealed: sealTokens(tokens, secret),
      recheckMillis: tokens.refreshToken === undefined ? undefined : this.#recheckAt(expiresInSeconds),
      id,
    });
    return { secret, maxAgeSeconds: MAX_AGE_MILLIS / 1000 };
  }

  async #recheck(
    id: string,
    { sealed, recheckMillis = 0 }: SessionProvider,
    user: User,
    secret: string,
  ): Promise<void> {
    const { oidc, users, sessions, changes, now } = this.#options;
    const tokens = openTokens(sealed, secret);
    const subject = users.providerOf(user.id)?.subject;
    try {
      // A refresh token may be valid once, and another process may ask as well.
      if (!(await changes.run(() => sessions.claimRecheck(secret, recheckMillis, now())))) return;
      if (tokens?.refreshToken === undefined || subject === undefined)
        throw new ProviderError('refresh token: expected one, found none');
      const found = await this.#client.refresh(tokens, subject);
      const grants = found && !users.isProvisioned(user.email) ? grantsOf(found.claims, oidc) : undefined;
      if (grants?.length === 0) throw new ProviderError('groups: expected one with a role, got none');
      await changes.run(() => {
        if (grants !== undefined) users.setGrants(user.id, grants);
        sessions.setProvider(secret, {
          sealed: found === undefined ? sealed : sealTokens(found.tokens, secret),
          recheckMillis: this.#recheckAt(found?.expiresInSeconds),
        });
      });
    } catch (error) {
      // A later request tries again, unless the provider refuses: the person has lost access there, or has signed out.
      if (!(error instanceof ProviderError) || error.kind !== 'refused') return;
      await changes.run(() => sessions.end(secret));
      this.#options.audit({
        ...{ timeMillis: this.#options.now(), subject: `user:${user.email}`, action: 'session.end', outcome: 'denied' },
        ...{ target: `${user.email} ${id}`, reason: error.message },
      });
    }
  }

  #recheckAt(expiresInSeconds = DEFAULT_RECHECK_SECONDS): number {
    return this.#options.now() + Math.max(MIN_RECHECK_MILLIS, expiresInSeconds * 1000);
  }

  #refused(request: CallerRequest, failure: ProviderFailure): ProviderResult {
    this.#audit(request, { outcome: 'denied', subject: 'unknown', reason: failure.reason });
    return failure;
  }

  #audit({ address }: CallerRequest, event: Pick<AuditEvent, 'outcome' | 'subject' | 'target' | 'reason'>): void {
    this.#options.audit({ timeMillis: this.#options.now(), action: 'sign_in', address, ...event });
  }
}

/** Returns a name that lists and logs can show; `undefined` if there is none. */
function displayName(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  return (
    name
      .replace(/\p{Cc}/gu, ' ')
      .trim()
      .slice(0, 200) || undefined
  );
}

type ProviderFailure = Exclude<ProviderResult, { readonly kind: 'signed_in' }>;

function failureOf(error: unknown): ProviderFailure {
  if (error instanceof IdentityUnavailableError) return { kind: 'unavailable', reason: error.message };
  const refused = (rejection: ProviderRejection, reason: string) => ({ kind: 'refused', rejection, reason }) as const;
  if (error instanceof ProviderError) return refused(error.rejection, error.message);
  if (error instanceof IdentityChangeError) return refused('other_account', error.message);
  throw error;
}
