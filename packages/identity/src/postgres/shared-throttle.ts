import { hashSecret } from '../credentials/secret.ts';
import { MAX_DELAY_MILLIS, type SignInThrottle, type ThrottleKey } from '../credentials/throttle.ts';
import type { PostgresConnection, Query } from './connection.ts';
import { SCHEMA } from './schema.ts';

const TABLE = `${SCHEMA}.attempts`;

/**
 * Counts an attempt ($1 key, $2 free failures, $3 now, $4 longest delay) unless it must wait, and returns when the next one may be. A time
 * that is too far in the future is of a clock that was set back.
 */
const ATTEMPT = `
INSERT INTO ${TABLE} AS a (key, failures, until_millis) VALUES ($1, 1, $3)
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN $3 - a.until_millis > $4 THEN 1 ELSE a.failures + 1 END,
  until_millis = $3::bigint + CASE
    WHEN $3 - a.until_millis > $4 OR a.failures + 1 <= $2 THEN 0
    ELSE least($4::bigint, (1000 * 2 ^ least(a.failures - $2, 20))::bigint)
  END
WHERE a.until_millis <= $3 OR a.until_millis > $3 + $4
RETURNING until_millis`;

/** Counts attempts to sign in of all gateways together. Keys are stored as hashes: people type passwords into the wrong field. */
export class SharedThrottle implements SignInThrottle {
  readonly #connection: PostgresConnection;
  readonly #requireReachable: () => void;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * `connection` is one of its own, so that attempts do not wait for changes. `requireReachable` throws if the database is known not to be
   * reachable.
   */
  constructor(connection: PostgresConnection, requireReachable: () => void) {
    this.#connection = connection;
    this.#requireReachable = requireReachable;
  }

  attempt(keys: readonly ThrottleKey[], nowMillis: number): Promise<number> {
    return this.#use(async (query) => {
      await query(`DELETE FROM ${TABLE} WHERE until_millis < $1`, [nowMillis - MAX_DELAY_MILLIS]);
      for (const [index, { key, freeFailures }] of keys.entries()) {
        const counted = await query(ATTEMPT, [hashSecret(key), freeFailures, nowMillis, MAX_DELAY_MILLIS]);
        if (counted.length > 0) continue;
        const [found] = await query(`SELECT until_millis FROM ${TABLE} WHERE key = $1`, [hashSecret(key)]);
        for (const before of keys.slice(0, index)) await undo(query, before.key, nowMillis);
        return Math.max(1, Number(found?.['until_millis'] ?? nowMillis) - nowMillis);
      }
      return 0;
    });
  }

  succeeded(key: string): Promise<void> {
    return this.#use(async (query) => {
      await query(`DELETE FROM ${TABLE} WHERE key = $1`, [hashSecret(key)]);
    });
  }

  undo(key: string, nowMillis: number): Promise<void> {
    return this.#use((query) => undo(query, key, nowMillis));
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#connection.close();
  }

  async #use<T>(run: (query: Query) => Promise<T>): Promise<T> {
    this.#requireReachable();
    const result = this.#last.then(() => this.#connection.use(run));
    this.#last = result.catch(() => undefined);
    return result;
  }
}

async function undo(query: Query, key: string, nowMillis: number): Promise<void> {
  await query(`UPDATE ${TABLE} SET failures = failures - 1, until_millis = $2 WHERE key = $1`, [
    ...[hashSecret(key), nowMillis],
  ]);
}
