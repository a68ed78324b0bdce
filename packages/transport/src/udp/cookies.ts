import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { COOKIE_BYTES } from './datagram.ts';

/** Minimum validity of a cookie. The maximum is twice as long. */
const PERIOD_MILLIS = 60_000;

/**
 * Cookies that prove ownership of an address: only its owner receives the cookie and can return it. They are stateless:
 * an HMAC of address, session and time with a secret of this process.
 */
export class Cookies {
  readonly #secret = randomBytes(32);

  issue(address: string, port: number, session: string, nowMillis: number): Buffer {
    return this.#cookie(address, port, session, Math.floor(nowMillis / PERIOD_MILLIS));
  }

  proves(cookie: Buffer, address: string, port: number, session: string, nowMillis: number): boolean {
    const period = Math.floor(nowMillis / PERIOD_MILLIS);
    return [period, period - 1].some((each) => timingSafeEqual(cookie, this.#cookie(address, port, session, each)));
  }

  #cookie(address: string, port: number, session: string, period: number): Buffer {
    const hmac = createHmac('sha256', this.#secret);
    hmac.update(`${address} ${port} ${period} `).update(session, 'latin1');
    return hmac.digest().subarray(0, COOKIE_BYTES);
  }
}
