import type { SharedSecrets } from '../database/shared-secrets.ts';
import { seal, unseal } from './sealed-tokens.ts';

/** A sign-in that has begun at a provider. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Path to open then. */
  readonly next: string;
}

const PENDING_MILLIS = 10 * 60_000;
const MAX_BINDING = 4000;
const MAX_NEXT = 1000;
const KEY = 'pending sign-ins';

/**
 * Binds the sign-ins that have begun to their browsers: each is encrypted into the text of a cookie and is valid for ten minutes. The
 * process keeps none of them, so that no number of requests makes it forget that of another browser, and another process can end them.
 */
export class PendingSignIns {
  readonly #secrets: SharedSecrets;

  constructor(secrets: SharedSecrets) {
    this.#secrets = secrets;
  }

  /** Returns the text that the cookie of the browser keeps. Rejects with an `IdentityUnavailableError`. */
  async bind(pending: PendingSignIn, nowMillis: number): Promise<string> {
    const next = pending.next.length > MAX_NEXT ? '/' : pending.next;
    const key = await this.#secrets.create(KEY);
    return seal({ ...pending, next, untilMillis: nowMillis + PENDING_MILLIS }, key).toString('base64url');
  }

  /** Returns the sign-in of a browser; `undefined` if it has ended or the text is not one. */
  read(binding: string, nowMillis: number): PendingSignIn | undefined {
    const key = this.#secrets.find(KEY);
    if (binding.length > MAX_BINDING || key === undefined) return undefined;
    const found = unseal(Buffer.from(binding, 'base64url'), key) as
      | (PendingSignIn & { readonly untilMillis: number })
      | undefined;
    return found !== undefined && found.untilMillis > nowMillis ? found : undefined;
  }
}
