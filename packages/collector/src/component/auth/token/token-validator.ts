import { createHash } from 'node:crypto';
import type { Clock } from '@otelier/transport';
import type { VerificationKey } from './key-set.ts';
import { type Claims, type TokenRules, verifyToken } from './verify-token.ts';

/** The keys of an issuer. */
export interface KeySource {
  readonly keys: readonly VerificationKey[];
  /** Requests newer keys. Returns whether there can be other keys soon. */
  refresh(): boolean;
}

/** The result of a validation. `unavailable` means that the keys are not known yet. */
export type ValidatedToken =
  | { readonly kind: 'valid'; readonly claims: Claims }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Most tokens whose result is kept. */
const MAX_CACHED = 1_000;

/**
 * Validates the tokens of one issuer, synchronously. The result for a valid token is kept until the token expires or the
 * keys change, because verifying a signature takes longer than everything else.
 */
export class TokenValidator {
  readonly #source: KeySource;
  readonly #rules: TokenRules;
  readonly #clock: Clock;
  readonly #valid = new Map<string, { readonly claims: Claims; readonly expiresMillis: number }>();
  #keys: readonly VerificationKey[] = [];

  constructor(source: KeySource, rules: TokenRules, clock: Clock) {
    this.#source = source;
    this.#rules = rules;
    this.#clock = clock;
  }

  /** Validates a token. */
  validate(token: string): ValidatedToken {
    const { keys } = this.#source;
    if (keys !== this.#keys) this.#valid.clear();
    this.#keys = keys;
    const now = this.#clock.now();
    // Tokens are credentials, so that only their hashes are kept.
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.#valid.get(digest);
    if (known !== undefined && now < known.expiresMillis) return { kind: 'valid', claims: known.claims };
    this.#valid.delete(digest);
    const result = verifyToken(token, keys, this.#rules, now);
    if (result.kind === 'invalid') return result;
    if (result.kind === 'unknownKey') {
      if (this.#source.refresh()) return { kind: 'unavailable', reason: 'the keys of the issuer are being read' };
      return { kind: 'invalid', reason: 'it is signed with an unknown key' };
    }
    this.#keep(digest, result);
    return { kind: 'valid', claims: result.claims };
  }

  #keep(digest: string, { claims, expiresMillis }: { readonly claims: Claims; readonly expiresMillis: number }): void {
    const [oldest] = this.#valid.keys();
    if (this.#valid.size >= MAX_CACHED && oldest !== undefined) this.#valid.delete(oldest);
    this.#valid.set(digest, { claims, expiresMillis });
  }
}
