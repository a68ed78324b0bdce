import { timingSafeEqual } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { hashSecret, newId, newSecret } from '../credentials/secret.ts';
import { IdentityChangeError, IdentityMissingError } from './errors.ts';
import type { Grant } from './grants.ts';

/** An API key, without its secret. */
export interface ApiKey extends Grant {
  /** ID of the key, which is also the visible beginning of its text: `otl_1a2b3c4d5e6f`. */
  readonly id: string;
  readonly name: string;
  readonly createdBy: string;
  readonly createdMillis: number;
  readonly expiresMillis: number | undefined;
  /** When it was used last, to the minute. */
  readonly usedMillis: number | undefined;
  readonly requestsPerMinute: number | undefined;
  /** ID of the service account whose roles the key has, instead of its own. */
  readonly account: string | undefined;
}

/** What a new key is for. */
export interface NewApiKey extends Grant {
  readonly name: string;
  readonly createdBy: string;
  readonly expiresMillis?: number | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly account?: string | undefined;
}

const KEY = /^(otl_[0-9a-f]{12})_([\w-]{43})$/;
const COLUMNS =
  'id, name, role, tenant, created_by, created_millis, expires_millis, used_millis, requests_per_minute, account, hash';

/** The API keys. Only hashes of their secrets are stored. */
export class ApiKeys {
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#select = database.prepare(`SELECT ${COLUMNS} FROM keys WHERE id = ?`);
  }

  /** Creates a key and returns its text, which cannot be read again. */
  create(key: NewApiKey, nowMillis: number): { readonly id: string; readonly text: string } {
    if (key.name.trim() === '' || key.name.length > 100)
      throw new IdentityChangeError('name: expected 1 to 100 characters');
    const id = `otl_${newId()}`;
    const secret = newSecret();
    this.#database
      .prepare(`INSERT INTO keys (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)`)
      .run(
        ...[id, key.name, key.role, key.tenant, key.createdBy, nowMillis],
        ...[key.expiresMillis ?? null, key.requestsPerMinute ?? null, key.account ?? null, hashSecret(secret)],
      );
    return { id, text: `${id}_${secret}` };
  }

  /** Returns the key of a text; `undefined` if it is not one, whether the ID or the secret is wrong. */
  find(text: string): ApiKey | undefined {
    const [, id = '', secret = ''] = KEY.exec(text) ?? [];
    const row = this.#select.get(id);
    const hash = hashSecret(secret);
    const stored = row?.['hash'] instanceof Uint8Array ? row['hash'] : new Uint8Array(hash.length);
    return timingSafeEqual(stored, hash) && row !== undefined ? keyOf(row) : undefined;
  }

  /** Returns the key of an ID. Throws an `IdentityMissingError`. */
  get(id: string): ApiKey {
    const row = this.#select.get(id);
    if (row === undefined) throw new IdentityMissingError(`key: there is no ${JSON.stringify(id)}`);
    return keyOf(row);
  }

  list(): readonly ApiKey[] {
    return this.#database.prepare(`SELECT ${COLUMNS} FROM keys ORDER BY created_millis, id`).all().map(keyOf);
  }

  /**
   * Creates a successor of a key with a new secret. The old one stays valid until `overlapUntilMillis`, so that senders can change over.
   */
  rotate(
    id: string,
    { createdBy, overlapUntilMillis, nowMillis }: { createdBy: string; overlapUntilMillis: number; nowMillis: number },
  ): { readonly id: string; readonly text: string } {
    const old = this.get(id);
    const expires = Math.min(overlapUntilMillis, old.expiresMillis ?? Number.POSITIVE_INFINITY);
    this.#database.prepare('UPDATE keys SET expires_millis = ? WHERE id = ?').run(expires, id);
    return this.create({ ...old, createdBy }, nowMillis);
  }

  /** Deletes a key, which is then no longer valid. */
  revoke(id: string): void {
    this.get(id);
    this.#database.prepare('DELETE FROM keys WHERE id = ?').run(id);
  }

  /** Records when keys were used. */
  used(times: ReadonlyMap<string, number>): void {
    const statement = this.#database.prepare(
      'UPDATE keys SET used_millis = ? WHERE id = ? AND coalesce(used_millis, 0) < ?',
    );
    for (const [id, millis] of times) statement.run(millis, id, millis);
  }
}

type Row = Readonly<Record<string, unknown>>;

function keyOf(row: Row): ApiKey {
  return {
    id: String(row['id']),
    name: String(row['name']),
    role: String(row['role']),
    tenant: String(row['tenant']),
    createdBy: String(row['created_by']),
    createdMillis: Number(row['created_millis']),
    expiresMillis: optional(row['expires_millis']),
    usedMillis: optional(row['used_millis']),
    requestsPerMinute: optional(row['requests_per_minute']),
    account: row['account'] === null ? undefined : String(row['account']),
  };
}

function optional(value: unknown): number | undefined {
  return value === null ? undefined : Number(value);
}
