import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type DataKey, KEY_BYTES, MissingKeyError } from './contract.ts';

/** The data keys of all tenants, for synchronous use in any thread. */
export class DataKeys {
  readonly #keys = new Map<string, DataKey>();
  readonly #current = new Map<string, DataKey>();

  constructor(keys: readonly DataKey[] = []) {
    this.replace(keys);
  }

  get all(): readonly DataKey[] {
    return [...this.#keys.values()];
  }

  /** Replaces all keys. Of several keys of a tenant, the last one is current. */
  replace(keys: readonly DataKey[]): void {
    this.#keys.clear();
    this.#current.clear();
    for (const key of keys) {
      this.#keys.set(key.id, key);
      this.#current.set(key.tenant, key);
    }
  }

  /** Returns a key. `what` names the file or record in the `MissingKeyError` that is thrown if there is none. */
  get(id: string, what: string): DataKey {
    const key = this.#keys.get(id);
    if (key === undefined) throw new MissingKeyError(what, id);
    return key;
  }

  has(id: string): boolean {
    return this.#keys.has(id);
  }

  /** Returns the key for what is written next of a tenant; `undefined` before the tenant has one. */
  current(tenant: string): DataKey | undefined {
    return this.#current.get(tenant);
  }
}

/**
 * Derives a key for one file or one sequence of records (HKDF with SHA-256, RFC 5869) from a data key and random bytes.
 * Each derived key encrypts with a counter as nonce, so that no pair of key and nonce is used twice.
 */
export function deriveKey({ secret }: DataKey, salt: Uint8Array, purpose: string): KeyObject {
  const bytes = new Uint8Array(hkdfSync('sha256', secret, salt, purpose, KEY_BYTES));
  const derived = createSecretKey(bytes);
  bytes.fill(0);
  return derived;
}
