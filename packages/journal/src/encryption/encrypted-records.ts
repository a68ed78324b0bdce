import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { type DataKey, EncryptionError } from './contract.ts';
import { type DataKeys, deriveKey } from './data-keys.ts';

/**
 * Format 1 of encrypted records, little endian: marker u8 (0xe1, which no clear record begins with), version u8, zeros
 * u16, counter f64 as a whole number, ID of the data key (16 bytes), 16 random bytes of the writer, the ciphertext, and its tag (16
 * bytes). A writer derives a key from the data key and its random bytes, and counts its records: the counter is the nonce.
 * A process that starts again is another writer, so that no nonce is used twice after a crash. The header and the place of
 * the record, such as the name of its journal, are authenticated.
 */
const HEADER_BYTES = 44;
const MARKER = 0xe1;
const VERSION = 1;
const COUNTER_AT = 4;
const KEY_ID_AT = 12;
const WRITER_AT = 28;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const PURPOSE = 'otelier record 1';
/** Number of derived keys that are kept. Each tenant and each writer has one. */
const MAX_DERIVED = 1000;

/** Number of bytes that encryption adds to a record. */
export const RECORD_OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES;

/** Returns whether a record is encrypted. */
export function isEncryptedRecord(record: Uint8Array): boolean {
  return record[0] === MARKER;
}

/** Encrypts the records of one writer: a journal, queue or state file that is open in this process. */
export class RecordEncryptor {
  readonly #place: Uint8Array;
  readonly #writer = randomBytes(16);
  readonly #derived = new DerivedKeys();
  #counter = 0;
  /** The key of the last record, which is most often that of the next one. */
  #last: { readonly id: string; readonly derived: KeyObject } | undefined;

  /** `place` is the same when the records are decrypted. */
  constructor(place: string) {
    this.#place = Buffer.from(place);
  }

  /** Encrypts a record that is given in pieces. Returns its pieces. */
  encrypt(pieces: readonly Uint8Array[], key: DataKey): Uint8Array[] {
    const authenticated = Buffer.alloc(HEADER_BYTES + this.#place.length);
    authenticated.set(this.#place, HEADER_BYTES);
    const header = authenticated.subarray(0, HEADER_BYTES);
    header.writeUInt8(MARKER, 0);
    header.writeUInt8(VERSION, 1);
    header.writeDoubleLE(++this.#counter, COUNTER_AT);
    header.write(key.id, KEY_ID_AT, 'hex');
    this.#writer.copy(header, WRITER_AT);
    if (this.#last?.id !== key.id) this.#last = { id: key.id, derived: this.#derived.of(key, this.#writer) };
    const cipher = createCipheriv(CIPHER, this.#last.derived, nonceOf(header)).setAAD(authenticated);
    const encrypted: Uint8Array[] = [header];
    for (const piece of pieces) encrypted.push(cipher.update(piece));
    cipher.final();
    encrypted.push(cipher.getAuthTag());
    return encrypted;
  }
}

/** The key and the writer of a record. */
interface Source {
  /** Their bytes in the header. */
  readonly name: Buffer;
  /** ID of the data key. */
  readonly id: string;
  readonly derived: KeyObject;
  readonly writer: string;
}

/** Decrypts records in the order in which they were written. */
export class RecordDecryptor {
  readonly #place: Uint8Array;
  readonly #name: string;
  readonly #keys: DataKeys;
  readonly #derived = new DerivedKeys();
  #last: Source | undefined;
  /** The last counter of each writer. */
  readonly #counters = new Map<string, number>();

  constructor(place: string, keys: DataKeys) {
    this.#name = place;
    this.#place = Buffer.from(place);
    this.#keys = keys;
  }

  /**
   * Decrypts a record. Throws `EncryptionError` if it was changed, comes from another place, or does not follow the
   * records that were decrypted before, and `MissingKeyError` if its key is missing.
   */
  decrypt(record: Uint8Array): Buffer {
    const header = Buffer.from(record.buffer, record.byteOffset, Math.min(record.length, HEADER_BYTES));
    if (record.length < RECORD_OVERHEAD_BYTES || header[0] !== MARKER) {
      throw new EncryptionError(`${this.#name}: expected an encrypted record`);
    }
    if (header[1] !== VERSION) {
      throw new EncryptionError(`${this.#name}: expected an encrypted record of format ${VERSION}, got ${header[1]}`);
    }
    const source = this.#sourceOf(header);
    const clear = this.#open(record, header, source);
    this.#checkOrder(source.writer, header.readDoubleLE(COUNTER_AT));
    return clear;
  }

  #sourceOf(header: Buffer): Source {
    const name = header.subarray(KEY_ID_AT, HEADER_BYTES);
    if (this.#last?.name.equals(name) === true && this.#keys.has(this.#last.id)) return this.#last;
    const id = header.toString('hex', KEY_ID_AT, WRITER_AT);
    const writer = header.subarray(WRITER_AT);
    const derived = this.#derived.of(this.#keys.get(id, this.#name), writer);
    this.#last = { name: Buffer.from(name), id, derived, writer: writer.toString('latin1') };
    return this.#last;
  }

  #open(record: Uint8Array, header: Buffer, { id, derived }: Source): Buffer {
    const end = record.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, derived, nonceOf(header), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.concat([header, this.#place])).setAuthTag(record.subarray(end));
      const clear = decipher.update(record.subarray(HEADER_BYTES, end));
      decipher.final();
      return clear;
    } catch (cause) {
      throw new EncryptionError(`${this.#name}: a record differs from its tag, key ${id}`, { cause });
    }
  }

  #checkOrder(writer: string, counter: number): void {
    const last = this.#counters.get(writer) ?? 0;
    if (counter <= last) {
      throw new EncryptionError(
        `${this.#name}: expected record ${last + 1} of its writer or a later one, got ${counter}`,
      );
    }
    this.#counters.set(writer, counter);
  }
}

/** The keys that were derived last. */
class DerivedKeys {
  readonly #keys = new Map<string, KeyObject>();

  of(key: DataKey, writer: Uint8Array): KeyObject {
    const name = `${key.id}${Buffer.from(writer).toString('latin1')}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    if (this.#keys.size >= MAX_DERIVED) this.#keys.clear();
    const derived = deriveKey(key, writer, PURPOSE);
    this.#keys.set(name, derived);
    return derived;
  }
}

function nonceOf(header: Buffer): Uint8Array {
  const nonce = Buffer.alloc(12);
  header.copy(nonce, 0, COUNTER_AT, KEY_ID_AT);
  return nonce;
}
