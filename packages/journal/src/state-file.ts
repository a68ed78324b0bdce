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

/** Encrypts the values of state files. `name` is the name of the file, to which the value is bound. */
export interface StateCipher {
  encrypt(value: Uint8Array, name: string): Uint8Array;
  /** Throws if the value was changed, or its key is missing. */
  decrypt(value: Uint8Array, name: string): Uint8Array;
}

/**
 * Opens a state file. A damaged one is moved to the directory `damaged` beside it, and reported. Throws, without changing
 * anything, if it is encrypted and there is no cipher or key for it.
 */
export function openStateFile(
  path: string,
  onDamage: (message: string) => void = () => {},
  cipher?: StateCipher,
): StateFile {
  return new ReplacedFile(path, readState(path, onDamage, cipher), cipher);
}

class ReplacedFile implements StateFile {
  value: Uint8Array | undefined;
  readonly #path: string;
  readonly #cipher: StateCipher | undefined;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(path: string, value: Uint8Array | undefined, cipher: StateCipher | undefined) {
    this.#path = path;
    this.#cipher = cipher;
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

  #encoded(): readonly Uint8Array[] {
    const value = this.value ?? new Uint8Array();
    if (this.#cipher === undefined) return encode(value, VERSION);
    return encode(this.#cipher.encrypt(value, basename(this.#path)), ENCRYPTED_VERSION);
  }

  #begin(): Promise<void> {
    const writing = replaceFile(this.#path, this.#encoded()).finally(() => {
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
/** Version of a file whose value is encrypted. */
const ENCRYPTED_VERSION = 2;
/** Magic, version u32, checksum of version and value u32. */
const HEADER_BYTES = 16;

function encode(value: Uint8Array, version: number): readonly Uint8Array[] {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt32LE(version, 8);
  header.writeUInt32LE(crc32(value, crc32(header.subarray(0, 12))), 12);
  return value.length === 0 ? [header] : [header, value];
}

function readState(
  path: string,
  onDamage: (message: string) => void,
  cipher: StateCipher | undefined,
): Uint8Array | undefined {
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
  if (version > ENCRYPTED_VERSION) {
    throw new Error(`${path}: expected state format ${ENCRYPTED_VERSION} or older, got ${version}`);
  }
  if (version === ENCRYPTED_VERSION) {
    if (cipher === undefined)
      throw new Error(`${path}: the file is encrypted: expected the setting encryption with its keys`);
    try {
      return cipher.decrypt(value, basename(path));
    } catch (error) {
      if (error instanceof Error && error.name === 'MissingKeyError') throw error;
    }
  }
  const moved = setAside(path, join(dirname(path), 'damaged'), basename(path));
  onDamage(`${path}: damaged, moved to ${moved}; the state starts empty`);
  return undefined;
}
