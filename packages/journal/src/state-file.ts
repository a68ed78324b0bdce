import { readFileSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncDirectory } from './segment.ts';
import { setAside } from './set-aside.ts';

/** A small value on disk that is replaced as a whole: after a crash it is the old or the new one. */
export interface StateFile {
  /** The current value; `undefined` before the first `write`. */
  readonly value: Uint8Array | undefined;
  /**
   * Replaces the value. Resolves when it is durable. Of several calls during one write, only the last value is written.
   * Rejects with the system error when the disk fails; then the old value stays.
   */
  write(value: Uint8Array): Promise<void>;
  /** Waits for pending writes. */
  close(): Promise<void>;
}

/** Opens a state file. A damaged one is moved to the directory `damaged` beside it, and reported. */
export function openStateFile(path: string, onDamage: (message: string) => void = () => {}): StateFile {
  return new ReplacedFile(path, readState(path, onDamage));
}

class ReplacedFile implements StateFile {
  value: Uint8Array | undefined;
  readonly #path: string;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(path: string, value: Uint8Array | undefined) {
    this.#path = path;
    this.value = value;
  }

  write(value: Uint8Array): Promise<void> {
    this.value = value;
    if (this.#writing === undefined) return this.#begin();
    const begin = () => {
      this.#next = undefined;
      return this.#begin();
    };
    this.#next ??= this.#writing.then(begin, begin);
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#next?.catch(() => undefined);
    await this.#writing?.catch(() => undefined);
  }

  #begin(): Promise<void> {
    const writing = replaceFile(this.#path, encode(this.value ?? new Uint8Array())).finally(() => {
      if (this.#writing === writing) this.#writing = undefined;
    });
    this.#writing = writing;
    return writing;
  }
}

async function replaceFile(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o640);
  try {
    await file.writev(pieces);
    await file.datasync();
  } catch (error) {
    await file.close();
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await file.close();
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

const MAGIC = Buffer.from('otelierS', 'latin1');
const VERSION = 1;
/** Magic, version u32, checksum of version and value u32. */
const HEADER_BYTES = 16;

function encode(value: Uint8Array): readonly Uint8Array[] {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(crc32(value, crc32(header.subarray(0, 12))), 12);
  return value.length === 0 ? [header] : [header, value];
}

function readState(path: string, onDamage: (message: string) => void): Uint8Array | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code !== 'EISDIR') throw error;
    bytes = Buffer.alloc(0);
  }
  const value = bytes.subarray(HEADER_BYTES);
  const isWhole =
    bytes.length >= HEADER_BYTES &&
    bytes.subarray(0, MAGIC.length).equals(MAGIC) &&
    crc32(value, crc32(bytes.subarray(0, 12))) === bytes.readUInt32LE(12);
  const version = isWhole ? bytes.readUInt32LE(8) : 0;
  if (version === VERSION) return new Uint8Array(value);
  if (version > VERSION) {
    throw new Error(`${path}: expected state format ${VERSION} or older, got ${version}`);
  }
  const moved = setAside(path, join(dirname(path), 'damaged'), basename(path));
  onDamage(`${path}: damaged, moved to ${moved}; the state starts empty`);
  return undefined;
}
