import {
  type DataKey,
  DataKeys,
  EncryptionError,
  encryptFile,
  isEncryptedRecord,
  RecordDecryptor,
} from '@otelier/journal/encryption';
import type { FileOpener } from '../parquet/file-bytes.ts';
import { EncryptedFiles } from './encrypted-files.ts';

/** Encrypts and decrypts what the store thread writes and reads. */
export class StoreEncryption {
  /** The data keys of all tenants, which the main thread sends. */
  readonly keys: DataKeys;
  readonly files: FileOpener;
  readonly #journals = new Map<string, RecordDecryptor>();

  constructor(keys: readonly DataKey[]) {
    this.keys = new DataKeys(keys);
    this.files = new EncryptedFiles(this.keys);
  }

  /** Encrypts a file of a tenant, which is given in pieces. */
  encryptFile(pieces: readonly Uint8Array[], tenant: string): readonly Uint8Array[] {
    const key = this.keys.current(tenant);
    // Its records have been encrypted with a key of the tenant.
    if (key === undefined) throw new EncryptionError(`tenant ${tenant}: expected a data key, it has none`);
    return encryptFile(pieces, key);
  }

  /** Decrypts a record of a journal, unless it was written before encryption was switched on. */
  decryptRecord(journal: string, record: Uint8Array): Uint8Array {
    if (!isEncryptedRecord(record)) return record;
    let decryptor = this.#journals.get(journal);
    if (decryptor === undefined) {
      decryptor = new RecordDecryptor(journalPlace(journal), this.keys);
      this.#journals.set(journal, decryptor);
    }
    return decryptor.decrypt(record);
  }
}

/** Returns the place of a journal's records, which is authenticated with each of them. */
export function journalPlace(name: string): string {
  return `journal ${name} of a store`;
}
