import { createHmac, timingSafeEqual } from 'node:crypto';
import { newSecret } from '../credentials/secret.ts';

export const CHALLENGE_MILLIS = 5 * 60_000;
const MAX_USED = 10_000;

/**
 * The challenges that browsers sign with passkeys: random, authenticated by this process, valid once and for five minutes. The process keeps
 * only those that were used, so that no number of requests makes it forget that of another browser.
 */
export class PasskeyChallenges {
  readonly #key = newSecret();
  readonly #used = new Map<string, number>();

  /** Returns a new challenge for a purpose. */
  create(purpose: string, nowMillis: number): string {
    const text = `${newSecret()}.${nowMillis + CHALLENGE_MILLIS}`;
    return Buffer.from(`${text}.${this.#sign(text, purpose)}`).toString('base64url');
  }

  /** Uses up a challenge. Returns `false` if it is not one for the purpose, has expired or was used. */
  use(challenge: string, purpose: string, nowMillis: number): boolean {
    const [secret = '', until = '', signature = ''] = Buffer.from(challenge.slice(0, 500), 'base64url')
      .toString('utf8')
      .split('.');
    const expected = Buffer.from(this.#sign(`${secret}.${until}`, purpose));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    if (!(Number(until) > nowMillis) || this.#used.has(secret)) return false;
    for (const [one, end] of this.#used) {
      if (end > nowMillis && this.#used.size < MAX_USED) break;
      this.#used.delete(one);
    }
    this.#used.set(secret, Number(until));
    return true;
  }

  #sign(text: string, purpose: string): string {
    return createHmac('sha256', this.#key).update(`${purpose}\n${text}`, 'utf8').digest('base64url');
  }
}
