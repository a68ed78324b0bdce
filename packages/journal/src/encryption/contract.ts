import type { KeyObject } from 'node:crypto';

/** Size of data keys and key-encryption keys, in bytes (AES-256). */
export const KEY_BYTES = 32;

/** A key with which a tenant's files are encrypted. It can be passed to threads. */
export interface DataKey {
  /** 32 hexadecimal digits, which the header of each encrypted file contains. */
  readonly id: string;
  readonly tenant: string;
  readonly createdMillis: number;
  /** The key, outside of the JavaScript heap, so that heap snapshots do not contain it. */
  readonly secret: KeyObject;
}

/** A data key as it is stored: encrypted by a key-encryption key. */
export interface WrappedKey {
  /** ID of the key-encryption key, such as `2026-12` or `vault:telemetry`. */
  readonly keyId: string;
  /** Text that the provider decrypts. */
  readonly wrapped: string;
}

/**
 * Encrypts and decrypts data keys with key-encryption keys, which never leave a key management service. `context` names
 * the tenant and the data key: a provider that can binds the wrapped key to it. Rejects with `EncryptionError`.
 */
export interface KeyProvider {
  /** Describes the provider in messages, without secrets, such as `file /etc/otelier/keys`. */
  readonly description: string;
  /** Encrypts a data key with the current key-encryption key. */
  wrap(secret: Uint8Array, context: string): Promise<WrappedKey>;
  /** Decrypts a data key. Rejects if the key-encryption key is missing or does not match. */
  unwrap(wrapped: WrappedKey, context: string): Promise<Uint8Array>;
}

/** Something that is encrypted cannot be read or written: a key is missing or wrong, or a service is not available. */
export class EncryptionError extends Error {
  override readonly name: string = 'EncryptionError';
}

/** The key of a file or record is not known. */
export class MissingKeyError extends EncryptionError {
  override readonly name = 'MissingKeyError';
  readonly keyId: string;

  constructor(what: string, keyId: string) {
    super(`${what}: expected the data key ${keyId}, which is missing: it was destroyed, or belongs to another store`);
    this.keyId = keyId;
  }
}
