import { closeSync, fstatSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  BLOCK_BYTES,
  type DataKeys,
  FILE_HEADER_BYTES,
  FileDecryptor,
  isEncryptedFile,
  STORED_BLOCK_BYTES,
} from '@otelier/journal/encryption';
import {
  type AsyncFileBytes,
  type FileBytes,
  type FileOpener,
  PLAIN_FILES,
  readFile,
  readHandle,
} from '../parquet/file-bytes.ts';
import { RecentCache } from '../read/shared/recent-cache.ts';
import { isTail } from '../read/shared/tail.ts';

/** Number of decryptors that are kept. */
const KEPT_FILES = 256;

/** Opens encrypted files, and those that were written before encryption was switched on. */
export class EncryptedFiles implements FileOpener {
  readonly #keys: DataKeys;
  readonly #cacheBytes: number;
  #blocks: RecentCache<Buffer>;
  #decryptors: RecentCache<FileDecryptor>;

  /**
   * `cacheBytes` is the size of decrypted blocks that are kept, because queries read the same ones again. Files in `data/` do
   * not change.
   */
  constructor(keys: DataKeys, cacheBytes = 0) {
    this.#keys = keys;
    this.#cacheBytes = cacheBytes;
    [this.#blocks, this.#decryptors] = this.#caches();
  }

  /** Forgets what was decrypted, because keys were destroyed. */
  clear(): void {
    [this.#blocks, this.#decryptors] = this.#caches();
  }

  #caches(): [RecentCache<Buffer>, RecentCache<FileDecryptor>] {
    return [new RecentCache(this.#cacheBytes), new RecentCache(this.#cacheBytes === 0 ? 0 : KEPT_FILES)];
  }

  open(path: string): FileBytes {
    const file = openSync(path, 'r');
    try {
      const decryptor = this.#decryptors.get(path) ?? this.#decryptorOf(file, path);
      if (decryptor !== undefined) {
        return new DecryptedBytes(file, decryptor, isTail(path) ? undefined : { path, blocks: this.#blocks });
      }
    } catch (error) {
      closeSync(file);
      throw error;
    }
    closeSync(file);
    return PLAIN_FILES.open(path);
  }

  /** Returns the decryptor of an open file; `undefined` if the file is not encrypted. */
  #decryptorOf(file: number, path: string): FileDecryptor | undefined {
    const header = Buffer.alloc(FILE_HEADER_BYTES);
    const filled = readFile(file, header, 0);
    if (!isEncryptedFile(header)) return undefined;
    const decryptor = new FileDecryptor(path, header.subarray(0, filled), fstatSync(file).size, this.#keys);
    if (!isTail(path)) this.#decryptors.set(path, decryptor, 1);
    return decryptor;
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

/** The decrypted blocks of a file. */
interface KeptBlocks {
  readonly path: string;
  readonly blocks: RecentCache<Buffer>;
}

class DecryptedBytes implements FileBytes {
  readonly size: number;
  readonly #file: number;
  readonly #decryptor: FileDecryptor;
  readonly #kept: KeptBlocks | undefined;

  constructor(file: number, decryptor: FileDecryptor, kept: KeptBlocks | undefined) {
    this.#file = file;
    this.#decryptor = decryptor;
    this.#kept = kept;
    this.size = decryptor.size;
  }

  read(target: Uint8Array, position: number): number {
    const end = Math.min(position + target.length, this.size);
    let at = position;
    while (at < end) {
      const number = Math.floor(at / BLOCK_BYTES);
      const kept = this.#keptBlock(number);
      if (kept === undefined) {
        at = this.#decrypt(target, position, at, end);
        continue;
      }
      at += copyBlock(kept, number, target, position, at);
    }
    return Math.max(0, at - position);
  }

  /** Decrypts blocks from that of `at` on, up to the next one that is kept. Returns the position after them. */
  #decrypt(target: Uint8Array, position: number, at: number, end: number): number {
    const first = Math.floor(at / BLOCK_BYTES);
    let last = first + 1;
    while (last * BLOCK_BYTES < end && this.#keptBlock(last) === undefined) last += 1;
    const { offset, length } = this.#decryptor.range(first * BLOCK_BYTES, (last - first) * BLOCK_BYTES);
    const stored = memory(length);
    const filled = readFile(this.#file, stored, offset);
    let copied = at;
    for (let number = first, from = 0; number < last && copied < end; number++, from += STORED_BLOCK_BYTES) {
      const block = this.#decryptor.decrypt(number, stored.subarray(from, Math.min(from + STORED_BLOCK_BYTES, filled)));
      this.#kept?.blocks.set(`${this.#kept.path}/${number}`, block, block.length);
      copied += copyBlock(block, number, target, position, copied);
    }
    return copied;
  }

  #keptBlock(number: number): Buffer | undefined {
    return this.#kept?.blocks.get(`${this.#kept.path}/${number}`);
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

/** Copies what a block has from position `at` on into `target`, which begins at `position`. Returns the number of bytes. */
function copyBlock(block: Buffer, number: number, target: Uint8Array, position: number, at: number): number {
  const from = at - number * BLOCK_BYTES;
  const some = block.subarray(from, from + target.length - (at - position));
  target.set(some, at - position);
  return some.length;
}
