import type { KeyProvider } from '@otelier/journal/encryption';

/** How a store is encrypted at rest. */
export interface StoreEncryptionOptions {
  /** Encrypts and decrypts the data keys of tenants, which are in `keys/` of the store. */
  readonly provider: KeyProvider;
  /** Maximum size of files that are decrypted in memory for SQL, in bytes. Default 512 MiB. */
  readonly memoryBytes?: number | undefined;
}
