import { randomUUID } from 'node:crypto';
import { closeSync, constants, futimesSync, openSync, statfsSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { QueryError, QueryLimitError } from '../contract.ts';
import type { FileOpener } from '../parquet/file-bytes.ts';
import { isTail } from '../read/shared/tail.ts';

/** The file system whose files are only in memory. */
const MEMORY_DIRECTORY = '/dev/shm';
/** `f_type` of statfs(2) for tmpfs. */
const TMPFS = 0x01021994;
/** Number of bytes that are decrypted at once: blocks of encrypted files have 64 KiB. */
const CHUNK_BYTES = 1 << 20;
/** Maximum size of all decrypted files, if nothing else is configured. */
const DEFAULT_BYTES = 512 << 20;
/** Separates path and inode in the keys of snapshots of pending rows, which are read once. */
const TAIL_MARK = '\0';

/** Files that may be read until `release`. */
export interface MemoryFileLease {
  /** Returns where the contents of a file can be read: a path that any process of the same user can open. */
  pathOf(path: string): string;
  release(): void;
}

interface MemoryFile {
  readonly key: string;
  readonly descriptor: number;
  readonly bytes: number;
  readers: number;
  /** Whether it is removed when it has no readers. */
  isForgotten: boolean;
}

/**
 * Decrypted copies of encrypted files for the SQL engine, which cannot decrypt them. They are files without a name in a
 * file system in memory: nothing of them reaches a disk, and they vanish with the process, however it ends. The engine opens
 * them through their descriptor. The ones that were used last stay in memory, up to a limit.
 */
export class MemoryFiles {
  readonly #files: FileOpener;
  readonly #limitBytes: number;
  /** The decrypted files, the one that was used last at the end. */
  readonly #open = new Map<string, MemoryFile>();
  #bytes = 0;

  constructor(files: FileOpener, limitBytes = DEFAULT_BYTES) {
    this.#files = files;
    this.#limitBytes = limitBytes;
  }

  /** Decrypts files, unless they are in memory. Throws `QueryLimitError` if they are larger than the limit. */
  acquire(paths: readonly string[]): MemoryFileLease {
    const leased = new Map<string, MemoryFile>();
    const release = () => {
      for (const file of leased.values()) this.#release(file);
      leased.clear();
    };
    try {
      for (const path of new Set(paths)) leased.set(path, this.#use(path));
    } catch (error) {
      release();
      throw error;
    }
    return {
      pathOf: (path) => {
        const file = leased.get(path);
        return file === undefined ? path : `/proc/${process.pid}/fd/${file.descriptor}`;
      },
      release,
    };
  }

  /** Removes all files, those that are being read when they are released, because keys were destroyed. */
  clear(): void {
    for (const file of [...this.#open.values()]) {
      file.isForgotten = true;
      if (file.readers === 0) this.#remove(file);
    }
  }

  close(): void {
    for (const file of this.#open.values()) closeSync(file.descriptor);
    this.#open.clear();
  }

  #use(path: string): MemoryFile {
    // A store thread that is restarted uses the names of its predecessor's snapshots again.
    const key = isTail(path) ? `${path}${TAIL_MARK}${statSync(path).ino}` : path;
    const file = this.#open.get(key) ?? this.#decrypt(path, key);
    this.#open.delete(key);
    this.#open.set(key, file);
    file.readers += 1;
    return file;
  }

  #release(file: MemoryFile): void {
    file.readers -= 1;
    if (file.readers === 0 && file.isForgotten) this.#remove(file);
  }

  #remove(file: MemoryFile): void {
    this.#open.delete(file.key);
    this.#bytes -= file.bytes;
    closeSync(file.descriptor);
  }

  #decrypt(path: string, key: string): MemoryFile {
    const source = this.#files.open(path);
    try {
      const { size: bytes } = source;
      this.#makeSpace(bytes);
      const descriptor = createMemoryFile();
      try {
        const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, Math.max(1, bytes)));
        for (let at = 0; at < bytes; ) {
          const filled = source.read(chunk.subarray(0, Math.min(chunk.length, bytes - at)), at);
          if (filled === 0) throw new Error(`${path}: the file was truncated while it was read`);
          for (let from = 0; from < filled; ) from += writeSync(descriptor, chunk, from, filled - from, at + from);
          at += filled;
        }
        const time = nextTime();
        futimesSync(descriptor, time, time);
      } catch (error) {
        closeSync(descriptor);
        throw error;
      }
      this.#bytes += bytes;
      return { key, descriptor, bytes, readers: 0, isForgotten: key.includes(TAIL_MARK) };
    } finally {
      source.close();
    }
  }

  /** Removes the files that were not used for the longest time until there is space for `bytes` more. */
  #makeSpace(bytes: number): void {
    for (const file of this.#open.values()) {
      if (this.#bytes + bytes <= this.#limitBytes) return;
      if (file.readers === 0) this.#remove(file);
    }
    if (this.#bytes + bytes <= this.#limitBytes) return;
    throw new QueryLimitError(
      `the query reads encrypted files of more than ${this.#limitBytes} bytes, which have to be decrypted in memory: choose a shorter time range, or increase exporters.store.encryption.memory`,
    );
  }
}

/** Returns why decrypted files cannot be kept in memory; `undefined` if they can. */
export function memoryFilesError(): string | undefined {
  if (process.platform !== 'linux') return `expected Linux, got ${process.platform}`;
  try {
    const { type } = statfsSync(MEMORY_DIRECTORY);
    return type === TMPFS ? undefined : `${MEMORY_DIRECTORY}: expected a file system in memory (tmpfs)`;
  } catch (error) {
    return `${MEMORY_DIRECTORY}: expected a file system in memory (tmpfs): ${(error as Error).message}`;
  }
}

/** Creates a file without a name. */
function createMemoryFile(): number {
  const reason = memoryFilesError();
  if (reason !== undefined) {
    throw new QueryError(`encrypted files can be read by SQL only if they are decrypted in memory: ${reason}`);
  }
  try {
    // O_TMPFILE of open(2): Node has no constant for it.
    return openSync(MEMORY_DIRECTORY, constants.O_RDWR | constants.O_DIRECTORY | 0o20000000, 0o600);
  } catch {
    const path = `${MEMORY_DIRECTORY}/otelier-${randomUUID()}`;
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return descriptor;
  }
}

/**
 * The engine caches footers by path and modification time. Descriptors are used again, so that each file has a time of its
 * own, in the past: it does not trust times of the last seconds.
 */
let lastTime = 1_000_000;

function nextTime(): number {
  lastTime += 1;
  return lastTime;
}
