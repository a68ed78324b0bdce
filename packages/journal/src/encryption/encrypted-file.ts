import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { type DataKey, EncryptionError } from './contract.ts';
import { type DataKeys, deriveKey } from './data-keys.ts';

/**
 * Format 1 of encrypted files, little endian. Header: the magic `otelierE`, version u32, clear size of a block u32, ID of
 * the data key (16 bytes), and 32 random bytes, the ID of the file. Blocks follow: ciphertext of `BLOCK_BYTES`, fewer in
 * the last one, and its tag (16 bytes). Each block is encrypted by AES-256-GCM with a key derived from the data key and the
 * file's ID. Its nonce contains the number of the block and whether it is the last one, and the header is authenticated
 * with it, so that blocks cannot be changed, moved, removed or taken from another file.
 */
export const FILE_HEADER_BYTES = 64;

/** Clear size of a block, in bytes. */
export const BLOCK_BYTES = 65_536;
/** Size of a block in the file: with its tag. */
export const STORED_BLOCK_BYTES = BLOCK_BYTES + 16;

const MAGIC = Buffer.from('otelierE', 'latin1');
const VERSION = 1;
const TAG_BYTES = 16;
const PURPOSE = 'otelier file 1';
const CIPHER = 'aes-256-gcm';

/** Returns whether bytes are the beginning of an encrypted file. */
export function isEncryptedFile(start: Uint8Array): boolean {
  return MAGIC.equals(start.subarray(0, MAGIC.length));
}

/** Encrypts a file that is given in pieces. Returns its pieces. */
export function encryptFile(pieces: readonly Uint8Array[], key: DataKey): Uint8Array[] {
  const header = createHeader(key);
  const derived = deriveKey(key, header.subarray(FILE_ID_AT), PURPOSE);
  const encrypted: Uint8Array[] = [header];
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let filled = 0;
  let number = 0;
  const seal = (isLast: boolean) => {
    const cipher = createCipheriv(CIPHER, derived, nonceOf(number, isLast)).setAAD(header);
    encrypted.push(cipher.update(block.subarray(0, filled)), cipher.final(), cipher.getAuthTag());
    number += 1;
    filled = 0;
  };
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; ) {
      if (filled === BLOCK_BYTES) seal(false);
      const some = piece.subarray(from, from + BLOCK_BYTES - filled);
      block.set(some, filled);
      filled += some.length;
      from += some.length;
    }
  }
  seal(true);
  block.fill(0);
  return encrypted.filter(({ length }) => length > 0);
}

/** A range of bytes of an encrypted file. */
export interface StoredRange {
  readonly offset: number;
  readonly length: number;
}

/** Decrypts ranges of a file. It reads nothing itself. */
export class FileDecryptor {
  /** Size of the contents, in bytes. */
  readonly size: number;
  readonly keyId: string;
  readonly #path: string;
  readonly #header: Uint8Array;
  readonly #key: KeyObject;
  readonly #blocks: number;

  /** `header` is the beginning of a file of `fileBytes` bytes. Throws `EncryptionError`. */
  constructor(path: string, header: Uint8Array, fileBytes: number, keys: DataKeys) {
    const view = Buffer.from(header.buffer, header.byteOffset, header.length);
    if (header.length < FILE_HEADER_BYTES || !isEncryptedFile(header)) {
      throw new EncryptionError(`${path}: expected an encrypted file, it does not begin with one`);
    }
    const [version, blockBytes] = [view.readUInt32LE(8), view.readUInt32LE(12)];
    if (version !== VERSION || blockBytes !== BLOCK_BYTES) {
      throw new EncryptionError(
        `${path}: expected encryption format ${VERSION} with blocks of ${BLOCK_BYTES} bytes, got format ${version} with ${blockBytes}`,
      );
    }
    const stored = fileBytes - FILE_HEADER_BYTES;
    this.#blocks = Math.ceil(stored / STORED_BLOCK_BYTES);
    this.size = stored - this.#blocks * TAG_BYTES;
    if (stored < TAG_BYTES || this.size < (this.#blocks - 1) * BLOCK_BYTES) {
      throw new EncryptionError(`${path}: the encrypted file is incomplete`);
    }
    this.#path = path;
    this.#header = Uint8Array.from(header.subarray(0, FILE_HEADER_BYTES));
    this.keyId = view.toString('hex', KEY_ID_AT, FILE_ID_AT);
    this.#key = deriveKey(keys.get(this.keyId, path), this.#header.subarray(FILE_ID_AT), PURPOSE);
  }

  /** Returns the bytes of the file that a range of its contents needs. */
  range(position: number, length: number): StoredRange {
    const end = Math.min(position + length, this.size);
    if (end <= position) return { offset: FILE_HEADER_BYTES, length: 0 };
    const first = Math.floor(position / BLOCK_BYTES);
    const last = Math.ceil(end / BLOCK_BYTES);
    const offset = FILE_HEADER_BYTES + first * STORED_BLOCK_BYTES;
    return {
      offset,
      length: Math.min(last * BLOCK_BYTES, this.size) + last * TAG_BYTES - (offset - FILE_HEADER_BYTES),
    };
  }

  /** Decrypts a block. `stored` are its bytes in the file. Throws `EncryptionError` if they were changed. */
  decrypt(number: number, stored: Uint8Array): Buffer {
    const nonce = nonceOf(number, number === this.#blocks - 1);
    const length = stored.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES }).setAAD(this.#header);
      decipher.setAuthTag(stored.subarray(length));
      const clear = decipher.update(stored.subarray(0, length));
      decipher.final();
      return clear;
    } catch (cause) {
      throw new EncryptionError(`${this.#path}: block ${number} differs from its tag, key ${this.keyId}`, { cause });
    }
  }

  /** Decrypts the bytes that `range` named, and copies the contents from `position` on into `target`. */
  decryptRange(stored: Uint8Array, position: number, target: Uint8Array): number {
    let copied = 0;
    const end = Math.min(position + target.length, this.size);
    for (let number = Math.floor(position / BLOCK_BYTES), at = 0; position + copied < end; number++) {
      const clear = this.decrypt(number, stored.subarray(at, Math.min(at + STORED_BLOCK_BYTES, stored.length)));
      at += STORED_BLOCK_BYTES;
      const from = position + copied - number * BLOCK_BYTES;
      const some = clear.subarray(from, from + target.length - copied);
      target.set(some, copied);
      copied += some.length;
    }
    return copied;
  }
}

const KEY_ID_AT = 16;
const FILE_ID_AT = 32;

function createHeader({ id }: DataKey): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(BLOCK_BYTES, 12);
  header.write(id, KEY_ID_AT, 'hex');
  randomBytes(FILE_HEADER_BYTES - FILE_ID_AT).copy(header, FILE_ID_AT);
  return header;
}

function nonceOf(block: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32LE(block, 0);
  nonce.writeUInt8(isLast ? 1 : 0, 4);
  return nonce;
}
