import type { DatabaseSync } from 'node:sqlite';
import { hashSecret, newId, newSecret } from '../credentials/secret.ts';
import { IdentityMissingError } from './errors.ts';

/** A session of a browser, without its secret. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly createdMillis: number;
  /** When it was used last, to the minute. */
  readonly seenMillis: number;
  readonly expiresMillis: number;
  /** The header `User-Agent` of the browser that signed in. */
  readonly device: string;
  readonly address: string;
  /** Whether the person proved more than a password, or a provider vouched for the person. */
  readonly isStrong: boolean;
}

/** What a browser begins a session with. */
export interface NewSession extends Pick<Session, 'device' | 'address'> {
  /** Default: the person proved only a password. */
  readonly isStrong?: boolean;
}

/** What a session keeps of the provider with which the person signed in. */
export interface SessionProvider {
  /** Its tokens, encrypted with the secret of the session. */
  readonly sealed: Uint8Array;
  /** When to ask the provider whether the person still has access; `undefined` if it gave no refresh token. */
  readonly recheckMillis: number | undefined;
  /** ID of its session at the provider, if it said one. What is `undefined` stays. */
  readonly id?: string | undefined;
}

/** A session with its provider, if it has one. */
export interface ProviderSession extends Session {
  readonly provider: SessionProvider | undefined;
}

/** When a session was used last. */
interface SessionUse {
  readonly user: string;
  readonly millis: number;
}

/** When sessions were used, by the hash of their secret in hexadecimal. */
export type SessionUses = ReadonlyMap<string, SessionUse>;

/** The longest time between two requests of a session, and from its begin to its end. */
export const IDLE_MILLIS = 12 * 3_600_000;
export const MAX_AGE_MILLIS = 7 * 24 * 3_600_000;
const MAX_SESSIONS = 50;
const SEEN_STEP_MILLIS = 60_000;
/** How long one process asks the provider of a session, while others wait. */
const CLAIM_MILLIS = 30_000;
const COLUMNS = 'id, user, created_millis, seen_millis, expires_millis, device, address, is_strong';
const ALL_COLUMNS = `${COLUMNS}, provider, recheck_millis`;

/** The sessions of browsers. Only hashes of their secrets are stored. */
export class Sessions {
  readonly #database: DatabaseSync;
  /** When sessions were used, by their hash in hexadecimal, as far as it is not stored yet. */
  readonly #used = new Map<string, SessionUse>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Creates a session and returns its secret. The oldest sessions of a user with too many end. */
  create(user: string, { device, address, isStrong = false }: NewSession, nowMillis: number): string {
    const secret = newSecret();
    this.#database.prepare('DELETE FROM sessions WHERE expires_millis <= ?').run(nowMillis);
    this.#database
      .prepare(`INSERT INTO sessions (hash, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(
        hashSecret(secret),
        newId(),
        user,
        nowMillis,
        nowMillis,
        nowMillis + MAX_AGE_MILLIS,
        device.slice(0, 200),
        address,
        isStrong ? 1 : 0,
      );
    this.#database
      .prepare(
        'DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE user = ? ORDER BY created_millis DESC, hash LIMIT -1 OFFSET ?)',
      )
      .run(user, MAX_SESSIONS);
    this.#seen(user, nowMillis);
    return secret;
  }

  /** Returns the session of a secret, unless it has ended. */
  find(secret: string, nowMillis: number): ProviderSession | undefined {
    // The lookup by a hash of 256 random bits reveals nothing by its duration.
    const hash = hashSecret(secret);
    const row = this.#database.prepare(`SELECT ${ALL_COLUMNS} FROM sessions WHERE hash = ?`).get(hash);
    if (row === undefined) return undefined;
    const session = { ...sessionOf(row), provider: providerOf(row) };
    const key = hash.toString('hex');
    const seenMillis = Math.max(session.seenMillis, this.#used.get(key)?.millis ?? 0);
    if (session.expiresMillis <= nowMillis || seenMillis + IDLE_MILLIS <= nowMillis) return undefined;
    if (nowMillis - seenMillis >= SEEN_STEP_MILLIS) this.#used.set(key, { user: session.user, millis: nowMillis });
    return { ...session, seenMillis };
  }

  /** Returns when sessions were used, as far as it is not stored yet. */
  uses(): SessionUses {
    return new Map(this.#used);
  }

  /** Stores when sessions were used, within a change. */
  storeUses(uses: SessionUses): void {
    const statement = this.#database.prepare('UPDATE sessions SET seen_millis = ? WHERE hash = ? AND seen_millis < ?');
    for (const [hash, { user, millis }] of uses) {
      statement.run(millis, Buffer.from(hash, 'hex'), millis);
      this.#seen(user, millis);
    }
  }

  /** Forgets uses that are stored. */
  forgetUses(uses: SessionUses): void {
    for (const [hash, use] of uses) if (this.#used.get(hash) === use) this.#used.delete(hash);
  }

  /** Returns the sessions of a user: the devices that are signed in. */
  list(user: string, nowMillis: number): readonly Session[] {
    return this.#database
      .prepare(
        `SELECT ${COLUMNS} FROM sessions WHERE user = ? AND expires_millis > ? AND seen_millis > ? ORDER BY created_millis`,
      )
      .all(user, nowMillis, nowMillis - IDLE_MILLIS)
      .map(sessionOf);
  }

  /** Returns the sessions of all users. */
  listAll(nowMillis: number): readonly Session[] {
    return this.#database
      .prepare(`SELECT ${COLUMNS} FROM sessions WHERE expires_millis > ? AND seen_millis > ? ORDER BY seen_millis DESC`)
      .all(nowMillis, nowMillis - IDLE_MILLIS)
      .map(sessionOf);
  }

  /** Ends a session by its ID. Throws an `IdentityMissingError` if there is none, or if it is not of the user. */
  revoke(id: string, user?: string): void {
    const row = this.#database.prepare(`SELECT ${COLUMNS} FROM sessions WHERE id = ?`).get(id);
    if (row === undefined || (user !== undefined && row['user'] !== user))
      throw new IdentityMissingError(`session: there is no ${JSON.stringify(id)}`);
    this.#database.prepare('DELETE FROM sessions WHERE id = ?').run(id);
  }

  /** Notes that the person of a session has proved a second factor. */
  strengthen(id: string): void {
    this.#database.prepare('UPDATE sessions SET is_strong = 1 WHERE id = ?').run(id);
  }

  /** Notes that the person of sessions has no second factor any more. */
  weaken(user: string): void {
    this.#database.prepare('UPDATE sessions SET is_strong = 0 WHERE user = ? AND provider IS NULL').run(user);
  }

  /** Ends the sessions of a person with a provider: that with an ID there, or all. Returns their number. */
  endOfProvider(user: string, id: string | undefined): number {
    const { changes } =
      id === undefined
        ? this.#database.prepare('DELETE FROM sessions WHERE user = ? AND provider IS NOT NULL').run(user)
        : this.#database.prepare('DELETE FROM sessions WHERE user = ? AND provider_session = ?').run(user, id);
    return Number(changes);
  }

  /** Returns the people with a session that has an ID at a provider. */
  usersOfProvider(id: string): readonly string[] {
    const rows = this.#database.prepare('SELECT DISTINCT user FROM sessions WHERE provider_session = ?').all(id);
    return rows.map(({ user }) => String(user));
  }

  /** Ends the session of a secret. */
  end(secret: string): void {
    this.#database.prepare('DELETE FROM sessions WHERE hash = ?').run(hashSecret(secret));
  }

  /**
   * Lets one caller ask the provider of a session, of all processes. Returns `false` if another one does, or if the time to ask has changed.
   * A claim ends by itself if its caller does not end.
   */
  claimRecheck(secret: string, recheckMillis: number, nowMillis: number): boolean {
    const { changes } = this.#database
      .prepare(
        'UPDATE sessions SET rechecking_millis = ? WHERE hash = ? AND recheck_millis = ? AND NOT rechecking_millis BETWEEN ? AND ?',
      )
      .run(nowMillis, hashSecret(secret), recheckMillis, nowMillis - CLAIM_MILLIS, nowMillis);
    return changes === 1;
  }

  /** Keeps what a session needs of its provider. */
  setProvider(secret: string, { sealed, recheckMillis, id }: SessionProvider): void {
    this.#database
      .prepare(
        'UPDATE sessions SET provider = ?, recheck_millis = ?, provider_session = coalesce(?, provider_session) WHERE hash = ?',
      )
      .run(sealed, recheckMillis ?? null, id ?? null, hashSecret(secret));
  }

  #seen(user: string, nowMillis: number): void {
    this.#database
      .prepare('UPDATE users SET seen_millis = ? WHERE id = ? AND coalesce(seen_millis, 0) < ?')
      .run(nowMillis, user, nowMillis);
  }
}

function sessionOf(row: Readonly<Record<string, unknown>>): Session {
  return {
    id: String(row['id']),
    user: String(row['user']),
    createdMillis: Number(row['created_millis']),
    seenMillis: Number(row['seen_millis']),
    expiresMillis: Number(row['expires_millis']),
    device: String(row['device']),
    address: String(row['address']),
    isStrong: row['is_strong'] === 1,
  };
}

function providerOf(row: Readonly<Record<string, unknown>>): SessionProvider | undefined {
  const { provider: sealed, recheck_millis: recheck } = row;
  if (!(sealed instanceof Uint8Array)) return undefined;
  return { sealed, recheckMillis: recheck === null ? undefined : Number(recheck) };
}
