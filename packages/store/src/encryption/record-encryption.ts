import { type DataKey, type KeyRing, RecordEncryptor } from '@otelier/journal/encryption';
import { errorMessage } from '../error-message.ts';
import { journalPlace } from './store-encryption.ts';

/** Encrypts the records that are appended to the journals of a store, with keys of their tenants. */
export class RecordEncryption {
  readonly #ring: KeyRing;
  /** One for each journal that is open in this process. */
  readonly #encryptors = new Map<string, RecordEncryptor>();

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** Creates the key of a tenant that has none. Returns why that fails; then records cannot be encrypted. */
  prepare(tenant: string): Promise<string | undefined> | undefined {
    return this.#ring.keys.current(tenant) === undefined ? this.#create(tenant) : undefined;
  }

  /** Encrypts a record, which is given in pieces, for a journal. `prepare` has created the tenant's key. */
  encrypt(record: readonly Uint8Array[], journal: string, tenant: string): readonly Uint8Array[] {
    const key: DataKey | undefined = this.#ring.keys.current(tenant);
    if (key === undefined) throw new Error(`tenant ${tenant}: its keys were destroyed`);
    let encryptor = this.#encryptors.get(journal);
    if (encryptor === undefined) {
      encryptor = new RecordEncryptor(journalPlace(journal));
      this.#encryptors.set(journal, encryptor);
    }
    return encryptor.encrypt(record, key);
  }

  async #create(tenant: string): Promise<string | undefined> {
    try {
      await this.#ring.current(tenant);
      return undefined;
    } catch (error) {
      return `the data key of tenant ${tenant} cannot be created: ${errorMessage(error)}`;
    }
  }
}
