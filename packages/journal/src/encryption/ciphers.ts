import type { RecordCipher } from '../queue/contract.ts';
import type { StateCipher } from '../state-file.ts';
import type { DataKeys } from './data-keys.ts';
import { RecordDecryptor, RecordEncryptor } from './encrypted-records.ts';
import type { KeyRing } from './key-ring.ts';

/** Returns the place of the records of a queue, which is authenticated with each of them. `name` is that of its directory. */
function queuePlace(name: string): string {
  return `queue ${name}`;
}

/** Encrypts the records of a queue with the keys of their owners. */
export function queueCipher(ring: KeyRing, name: string): RecordCipher {
  const encryptor = new RecordEncryptor(queuePlace(name));
  const decrypt = queueDecryptor(ring.keys, name);
  return {
    prepare: (owner) =>
      ring.keys.current(owner) === undefined ? ring.current(owner).then(() => undefined) : undefined,
    encrypt: (record, owner) => {
      const key = ring.keys.current(owner);
      if (key === undefined) throw new Error(`tenant ${owner}: its keys were destroyed`);
      return encryptor.encrypt(record, key);
    },
    decrypt,
  };
}

/** Returns a function that decrypts the records of a queue in their order. */
export function queueDecryptor(keys: DataKeys, name: string): (record: Uint8Array) => Uint8Array {
  const decryptor = new RecordDecryptor(queuePlace(name), keys);
  return (record) => decryptor.decrypt(record);
}

/** Encrypts state files, which belong to no tenant, with the keys of an owner. Resolves when it has one. */
export async function stateCipher(ring: KeyRing, owner = 'default'): Promise<StateCipher> {
  await ring.current(owner);
  return {
    encrypt: (value, name) => {
      const key = ring.keys.current(owner);
      if (key === undefined) throw new Error(`${owner}: its keys were destroyed`);
      return Buffer.concat(new RecordEncryptor(`state ${name}`).encrypt([value], key));
    },
    decrypt: (value, name) => new Uint8Array(new RecordDecryptor(`state ${name}`, ring.keys).decrypt(value)),
  };
}
