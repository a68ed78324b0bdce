import type { DatabaseSync } from 'node:sqlite';
import { DEFAULT_TENANT } from '@otelier/otlp';
import type { Authenticator, AuthResult, RequestHeaders, SenderConnection } from '@otelier/transport/auth';
import { createOriginCheck } from '@otelier/transport/cors';
import { type Access, PERMISSIONS } from './access.ts';
import type {
  AccessControl,
  AccessEvent,
  AccessResult,
  CallerRequest,
  InvitedSignIn,
  PasskeySignIn,
  SignInRequest,
  SignInResult,
} from './access-control.ts';
import { ApiKeys } from './accounts/api-keys.ts';
import { IdentityUnavailableError } from './accounts/errors.ts';
import { ALL_TENANTS, accessOf, type Grant } from './accounts/grants.ts';
import { Invitations } from './accounts/invitations.ts';
import { createInvitedSignIn } from './accounts/invited-sign-in.ts';
import { Roles } from './accounts/roles.ts';
import { SecondFactor } from './accounts/second-factor.ts';
import { ServiceAccounts } from './accounts/service-accounts.ts';
import { type Session, Sessions } from './accounts/sessions.ts';
import { SignIn } from './accounts/sign-in.ts';
import { TenantTable } from './accounts/tenant-table.ts';
import { type User, Users } from './accounts/users.ts';
import type { Administration } from './administration/administration.ts';
import { createAdministration } from './administration/create-administration.ts';
import type { AuditEvent } from './audit/entry.ts';
import { RecordedAccess } from './audit/recorded-access.ts';
import { PasswordHasher } from './credentials/password.ts';
import { readCredentials, readQueryKey } from './credentials/request-credentials.ts';
import { RequestRate } from './credentials/request-rate.ts';
import { LocalThrottle, type SignInThrottle } from './credentials/throttle.ts';
import { type Changes, LocalChanges } from './database/changes.ts';
import { openDatabase } from './database/open-database.ts';
import { SharedSecrets } from './database/shared-secrets.ts';
import { UsedTokens } from './database/used-tokens.ts';
import type { OidcOptions } from './oidc/options.ts';
import { ProviderSignIn } from './oidc/provider-sign-in.ts';
import { PasskeyChallenges } from './passkeys/passkey-challenges.ts';
import { createPasskeySignIn } from './passkeys/passkey-sign-in.ts';
import { Passkeys } from './passkeys/passkeys.ts';
import type { GroupGrant } from './provisioning/provisioning.ts';

/** Options for `openIdentity`. */
export interface IdentityOptions {
  readonly directory: string;
  /** Returns the time in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Records what happens. Without it, nothing is recorded. */
  readonly audit?: ((event: AuditEvent) => void) | undefined;
  /** Origins of pages that may send with a key in the query. */
  readonly browserOrigins?: readonly string[] | undefined;
  /** Roles of the groups of a provider that manages accounts, as by SCIM; `undefined` if there is none. */
  readonly groupGrants?: readonly GroupGrant[] | undefined;
  /** Roles whose people need a second factor besides a password; `*` for everyone. */
  readonly secondFactorFor?: readonly string[] | undefined;
  /** A provider with which people sign in as well. */
  readonly oidc?: OidcOptions | undefined;
}

/** Opens the identity database of a directory. Throws `IdentityDatabaseError`. Call `close` when it is no longer needed. */
export function openIdentity(options: IdentityOptions): Identity {
  const database = openDatabase(options.directory);
  return new Identity({ database, changes: new LocalChanges(database), throttle: new LocalThrottle() }, options);
}

/** Where an `Identity` keeps its state. */
export interface IdentityState {
  readonly database: DatabaseSync;
  readonly changes: Changes;
  readonly throttle: SignInThrottle;
  /** What differs if the database is a copy. */
  readonly copy?: CopyState | undefined;
}

/** A database that is a copy of another one, which other gateways change as well. */
export interface CopyState {
  /** Returns why the copy may not identify callers; `undefined` if it may. */
  rejection(nowMillis: number): string | undefined;
  /** Brings the copy up to date. Rejects if that is not possible now. */
  follow(): Promise<void>;
  readonly uses: KeyUses;
  close(): Promise<void>;
}

/** When keys were used in threads that only read the copy. */
export interface KeyUses {
  /** Keeps uses for the thread that changes the database; `undefined` in that thread. */
  readonly keep?: ((times: ReadonlyMap<string, number>) => void) | undefined;
  /** Returns what other threads have kept. */
  kept(): ReadonlyMap<string, number>;
  /** Forgets what is stored. */
  forget(times: ReadonlyMap<string, number>): void;
}

/** People, keys, roles and tenants, and who of them makes a request: to the API, or to a receiver. */
export class Identity implements AccessControl, Authenticator {
  readonly challenge = 'Bearer realm="otelier", Basic realm="otelier", charset="UTF-8"';
  readonly users: Users;
  readonly roles: Roles;
  readonly keys: ApiKeys;
  readonly sessions: Sessions;
  readonly secondFactor: SecondFactor;
  readonly tenants: TenantTable;
  readonly administration: Administration;
  readonly provider: ProviderSignIn | undefined;
  readonly invitations: Invitations;
  readonly invited: InvitedSignIn;
  readonly passkeys: Passkeys;
  readonly passkeySignIn: PasskeySignIn;
  readonly serviceAccounts: ServiceAccounts;
  readonly changes: Changes;
  readonly #database: DatabaseSync;
  readonly #copy: CopyState | undefined;
  readonly #now: () => number;
  readonly #signIn: SignIn;
  readonly #recorded: RecordedAccess;
  readonly #secondFactorFor: ReadonlySet<string>;
  readonly #isBrowserOrigin: (origin: string | undefined) => boolean;
  readonly #rate = new RequestRate();
  readonly #used = new Map<string, number>();

  constructor(
    { database, changes, throttle, copy }: IdentityState,
    { directory, now, audit = () => {}, oidc, browserOrigins = [], groupGrants, secondFactorFor = [] }: IdentityOptions,
  ) {
    const hasher = new PasswordHasher();
    const secrets = new SharedSecrets(database, changes);
    const usedTokens = new UsedTokens(database);
    this.changes = changes;
    this.#copy = copy;
    this.#database = database;
    this.#now = now;
    this.#isBrowserOrigin = createOriginCheck(browserOrigins);
    this.#secondFactorFor = new Set(secondFactorFor);
    this.users = new Users(database, changes, hasher);
    this.roles = new Roles(database);
    this.keys = new ApiKeys(database);
    this.sessions = new Sessions(database);
    this.tenants = new TenantTable(database, changes);
    this.secondFactor = new SecondFactor(database);
    this.invitations = new Invitations(database, this.users);
    this.serviceAccounts = new ServiceAccounts(database, this.users);
    const { users, roles, keys, sessions, secondFactor, invitations, serviceAccounts } = this;
    this.#signIn = new SignIn({ users, sessions, secondFactor, hasher, throttle, changes, now, audit });
    this.provider = oidc && new ProviderSignIn({ oidc, users, sessions, changes, secrets, usedTokens, now, audit });
    this.invited = createInvitedSignIn({ invitations, sessions, changes, now, audit });
    this.passkeys = new Passkeys(database);
    const { passkeys } = this;
    const challenges = new PasskeyChallenges(usedTokens, secrets);
    this.passkeySignIn = createPasskeySignIn({
      ...{ passkeys, challenges, users, sessions, throttle, changes, now, audit },
    });
    this.administration = createAdministration({
      ...{ directory, users, roles, keys, sessions, secondFactor, invitations, serviceAccounts },
      ...{ passkeys, challenges, database, changes, groupGrants, signIn: this.#signIn, now, audit },
      flush: () => this.flush(),
      sessionOf: (request) => this.#sessionOf(request),
    });
    this.#recorded = new RecordedAccess(now, audit);
  }

  authenticate(request: CallerRequest): AccessResult;
  authenticate(headers: RequestHeaders, peer?: string, connection?: SenderConnection, target?: string): AuthResult;
  authenticate(
    request: CallerRequest | RequestHeaders,
    _peer?: string,
    _connection?: SenderConnection,
    target?: string,
  ): AccessResult | AuthResult {
    return isCallerRequest(request) ? this.#accessOf(request) : this.#senderOf(request, target);
  }

  record(event: AccessEvent): void {
    this.#recorded.record(event);
  }

  signIn(request: SignInRequest): Promise<SignInResult> {
    return this.#signIn.signIn(request);
  }

  async signOut(request: CallerRequest): Promise<string | undefined> {
    const credentials = readCredentials((name) => request.headers.get(name) ?? undefined);
    if (credentials?.kind !== 'session') return undefined;
    const { secret } = credentials;
    const session = this.sessions.find(secret, this.#now());
    await this.changes.run(() => this.sessions.end(secret));
    return session && this.provider?.endSessionUrl(session, secret);
  }

  /** Writes when keys and sessions were used. What cannot be written now is kept. */
  async flush(): Promise<void> {
    const [keys, sessions] = [new Map(this.#used), this.sessions.uses()];
    const uses = this.#copy?.uses;
    const kept = uses?.kept() ?? NONE;
    if (keys.size === 0 && sessions.size === 0 && kept.size === 0) return;
    if (uses?.keep !== undefined) uses.keep(keys);
    else
      await this.changes.run(() => {
        this.keys.used(keys);
        this.keys.used(kept);
        this.sessions.storeUses(sessions);
      });
    uses?.forget(kept);
    for (const [id, millis] of keys) if (this.#used.get(id) === millis) this.#used.delete(id);
    this.sessions.forgetUses(sessions);
  }

  /** Finds what other threads, processes and gateways have changed. Rejects if they cannot be asked now. */
  async follow(): Promise<void> {
    await this.#copy?.follow();
    this.tenants.refresh();
  }

  async close(): Promise<void> {
    if (!this.#database.isOpen) return;
    // When keys were used is lost if the database cannot be reached.
    await this.flush().catch((error: unknown) => {
      if (!(error instanceof IdentityUnavailableError)) throw error;
    });
    await this.#copy?.close();
    if (this.#database.isOpen) this.#database.close();
  }

  #accessOf(request: CallerRequest): AccessResult {
    const rejection = this.#copy?.rejection(this.#now());
    if (rejection !== undefined) return { kind: 'unavailable', reason: rejection };
    const credentials = readCredentials((name) => request.headers.get(name) ?? undefined);
    if (credentials === undefined) return NO_CREDENTIALS;
    if (credentials.kind === 'key') return this.#keyAccess(credentials.text);
    const { session, user } = this.#sessionOf(request) ?? {};
    if (session === undefined || user === undefined) return ENDED;
    if (isForgeable(request)) return { kind: 'forbidden', reason: 'origin: expected a request of the page itself' };
    const caller = { subject: `user:${user.email}`, kind: 'user' } as const;
    if (this.#lacksSecondFactor(session, user)) return { kind: 'granted', access: withoutSecondFactor(caller) };
    return this.#granted(caller, user.grants);
  }

  #lacksSecondFactor({ isStrong }: Session, { grants }: User): boolean {
    if (isStrong || this.#secondFactorFor.size === 0) return false;
    return this.#secondFactorFor.has('*') || grants.some(({ role }) => this.#secondFactorFor.has(role));
  }

  /** Returns the session of a request and its person, unless it has ended. */
  #sessionOf(request: CallerRequest): { readonly session: Session; readonly user: User } | undefined {
    const credentials = readCredentials((name) => request.headers.get(name) ?? undefined);
    if (credentials?.kind !== 'session') return undefined;
    const session = this.sessions.find(credentials.secret, this.#now());
    const user = session && this.users.get(session.user);
    if (session === undefined || user === undefined || user.state === 'locked') return undefined;
    // Without the provider, no one asks whether the person still has access.
    if (session.provider !== undefined && this.provider?.isValid(session, user, credentials.secret) !== true)
      return undefined;
    return { session, user };
  }

  #senderOf(headers: RequestHeaders, target: string | undefined): AuthResult {
    const rejection = this.#copy?.rejection(this.#now());
    if (rejection !== undefined) return { kind: 'unavailable', reason: rejection, afterMillis: 1000 };
    const header = (name: string): string | undefined => {
      const value = headers[name];
      return typeof value === 'string' ? value : value?.[0];
    };
    const credentials = readCredentials(header);
    const queryKey = credentials?.kind === 'key' ? undefined : readQueryKey(target);
    if (queryKey !== undefined && !this.#isBrowserOrigin(header('origin')))
      return { kind: 'forbidden', reason: 'api_key: expected a page whose origin is one of browser_origins' };
    const key = credentials?.kind === 'key' ? credentials.text : queryKey;
    if (key === undefined) return unauthenticated(NO_CREDENTIALS.reason);
    const result = this.#keyAccess(key);
    if (result.kind === 'limited')
      return { kind: 'busy', reason: result.reason, afterMillis: result.retryAfterSeconds * 1000 };
    if (result.kind !== 'granted') return result;
    const { access } = result;
    if (!access.can('telemetry:write'))
      return { kind: 'forbidden', reason: 'permission: expected telemetry:write, which the key does not have' };
    // Everyone who opens the page can read its key, and proxies log the query.
    if (queryKey !== undefined && PERMISSIONS.some((one) => one !== 'telemetry:write' && access.can(one)))
      return {
        kind: 'forbidden',
        reason: 'api_key: expected a key that may only send, such as one of the role ingest',
      };
    // A key of all tenants leaves the tenant to the rules of the receiver.
    const tenant = access.tenants === 'all' ? undefined : access.tenant;
    return { kind: 'authenticated', subject: access.subject, tenant };
  }

  #keyAccess(text: string): Exclude<AccessResult, { kind: 'unavailable' }> {
    const key = this.keys.find(text);
    if (key === undefined) return { kind: 'unauthenticated', reason: 'the API key is not valid' };
    const now = this.#now();
    if (key.expiresMillis !== undefined && key.expiresMillis <= now)
      return { kind: 'forbidden', reason: `the API key ${key.id} has expired; create a new one` };
    if (key.requestsPerMinute !== undefined) {
      const wait = this.#rate.take(key.id, key.requestsPerMinute, now);
      if (wait > 0) {
        const reason = `the API key ${key.id} may make ${key.requestsPerMinute} requests per minute`;
        return { kind: 'limited', reason, retryAfterSeconds: Math.ceil(wait / 1000) };
      }
    }
    this.#used.set(key.id, now);
    if (key.account === undefined) return this.#granted({ subject: `key:${key.id}`, kind: 'key' }, [key]);
    const account = this.serviceAccounts.get(key.account);
    if (account?.state !== 'active')
      return { kind: 'forbidden', reason: 'the service account is locked; ask an administrator to unlock it' };
    return this.#granted({ subject: `service:${account.name}`, kind: 'service' }, account.grants);
  }

  #granted(
    caller: { readonly subject: string; readonly kind: 'user' | 'key' | 'service' },
    grants: readonly Grant[],
  ): Exclude<AccessResult, { kind: 'unavailable' }> {
    const names = grants.map(({ tenant }) => tenant).filter((tenant) => tenant !== ALL_TENANTS);
    const active = grants.filter(({ tenant }) => this.tenants.get(tenant)?.state !== 'suspended');
    if (active.length === 0)
      return { kind: 'forbidden', reason: names.length === 0 ? 'the account has no role' : 'the tenant is suspended' };
    return { kind: 'granted', access: accessOf(caller, active, this.roles) };
  }
}

const NONE: ReadonlyMap<string, number> = new Map();
const NO_CREDENTIALS = {
  kind: 'unauthenticated',
  reason:
    'authorization: expected an API key as "Bearer KEY", as the password of basic authentication or in X-API-Key, or a session',
} as const;
const ENDED = { kind: 'unauthenticated', reason: 'the session has ended; sign in again' } as const;

/** Returns the access of someone who may only set up a second factor. */
function withoutSecondFactor(caller: Pick<Access, 'subject' | 'kind'>): Access {
  return { ...caller, tenant: DEFAULT_TENANT, tenants: [], can: () => false, masked: [], lacks: 'second factor' };
}

function unauthenticated(reason: string): AuthResult {
  return { kind: 'unauthenticated', reason };
}

function isCallerRequest(request: CallerRequest | RequestHeaders): request is CallerRequest {
  return request['headers'] instanceof Headers;
}

/**
 * Reports whether another page could have made a request that changes something. Browsers attach `Origin` to such requests, and the API
 * rejects that of another page; a request with a cookie and without either header is not from a browser that tells.
 */
function isForgeable({ method, headers }: CallerRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  return !headers.has('origin') && !headers.has('sec-fetch-site');
}
