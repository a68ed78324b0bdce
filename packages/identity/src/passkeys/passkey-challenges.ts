import { createHmac, timingSafeEqual } from 'node:crypto';
import { newSecret } from '../credentials/secret.ts';
import type { SharedSecrets } from '../database/shared-secrets.ts';
import type { UsedTokens } from '../database/used-tokens.ts';

export const CHALLENGE_MILLIS = 5 * 60_000;
const KEY = 'passkey challenges';

/**
 * The challenges that browsers sign with passkeys: random, authenticated with a secret of the database, valid once and for five minutes. Only
 * those are stored with which someone has signed in or added a passkey, so that no number of requests fills the database.
 */
export class PasskeyChallenges {
  readonly #used: UsedTokens;
  readonly #secrets: SharedSecrets;

  constructor(used: UsedTokens, secrets: SharedSecrets) {
    this.#used = used;
    this.#secrets = secrets;
  }

  /** Returns a new challenge for a purpose. Rejects with an `IdentityUnavailableError`. */
  async create(purpose: string, nowMillis: number): Promise<string> {
    const text = `${newSecret()}.${nowMillis + CHALLENGE_MILLIS}`;
    const signature = sign(text, purpose, await this.#secrets.create(KEY));
    return Buffer.from(`${text}.${signature}`).toString('base64url');
  }

  /**
   * Uses up a challenge, within the change that it permits: verify its signature before. Returns `false` if it is not one for the purpose, has
   * expired or was used.
   */
  use(challenge: string, purpose: string, nowMillis: number): boolean {
    const [secret = '', until = '', signature = ''] = Buffer.from(challenge.slice(0, 500), 'base64url')
      .toString('utf8')
      .split('.');
    const expected = Buffer.from(sign(`${secret}.${until}`, purpose, this.#secrets.find(KEY) ?? newSecret()));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    if (!(Number(until) > nowMillis)) return false;
    return this.#used.use(secret, Number(until), nowMillis);
  }
}

function sign(text: string, purpose: string, key: string): string {
  return createHmac('sha256', key).update(`${purpose}\n${text}`, 'utf8').digest('base64url');
}
