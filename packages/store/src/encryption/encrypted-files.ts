import { closeSync, fstatSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type DataKeys, FILE_HEADER_BYTES, FileDecryptor, isEncryptedFile } from '@otelier/journal/encryption';
import {
  type AsyncFileBytes,
  type FileBytes,
  type FileOpener,
  PLAIN_FILES,
  readFile,
  readHandle,
} from '../parquet/file-bytes.ts';

/** Opens encrypted files, and those that were written before encryption was switched on. */
export class EncryptedFiles implements FileOpener {
  readonly #keys: DataKeys;

  constructor(keys: DataKeys) {
    this.#keys = keys;
  }

  open(path: string): FileBytes {
    const file = openSync(path, 'r');
    try {
      const header = Buffer.alloc(FILE_HEADER_BYTES);
      const filled = readFile(file, header, 0);
      const { size } = fstatSync(file);
      if (isEncryptedFile(header)) {
        return new DecryptedBytes(file, new FileDecryptor(path, header.subarray(0, filled), size, this.#keys));
      }
    } catch (error) {
      closeSync(file);
      throw error;
    }
    closeSync(file);
    return PLAIN_FILES.open(path);
  }

  async openAsync(path: string): Promise<AsyncFileBytes> {
    const handle = await open(path, 'r');
    try {
      const header = Buffer.alloc(FILE_HEADER_BYTES);
      const filled = await readHandle(handle, header, 0);
      const close = () => handle.close();
      if (!isEncryptedFile(header)) {
        return { read: (target, position) => readHandle(handle, target, position), close };
      }
      const { size } = await handle.stat();
      const decryptor = new FileDecryptor(path, header.subarray(0, filled), size, this.#keys);
      const read = async (target: Uint8Array, position: number): Promise<number> => {
        const { offset, length } = decryptor.range(position, target.length);
        const stored = Buffer.allocUnsafeSlow(length);
        const count = await readHandle(handle, stored, offset);
        return decryptor.decryptRange(stored.subarray(0, count), position, target);
      };
      return { read, close };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}

/** Memory for the bytes of an encrypted file, used by one read at a time. */
let scratch = Buffer.allocUnsafeSlow(0);
const MAX_SCRATCH_BYTES = 2 << 20;

class DecryptedBytes implements FileBytes {
  readonly size: number;
  readonly #file: number;
  readonly #decryptor: FileDecryptor;

  constructor(file: number, decryptor: FileDecryptor) {
    this.#file = file;
    this.#decryptor = decryptor;
    this.size = decryptor.size;
  }

  read(target: Uint8Array, position: number): number {
    const { offset, length } = this.#decryptor.range(position, target.length);
    const stored = memory(length);
    const filled = readFile(this.#file, stored, offset);
    return this.#decryptor.decryptRange(stored.subarray(0, filled), position, target);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function memory(length: number): Buffer {
  if (length > MAX_SCRATCH_BYTES) return Buffer.allocUnsafeSlow(length);
  if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(Math.min(MAX_SCRATCH_BYTES, length * 2));
  return scratch.subarray(0, length);
}
