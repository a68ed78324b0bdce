import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockDirectory } from '@otelier/journal';

const FILES = {
  account: 'account-key.pem',
  certificate: 'certificate.pem',
  /** The SHA-256 fingerprint, in Node's format, of a certificate that was revoked and must be replaced. */
  revoked: 'revoked.txt',
} as const;

/** The keys and the certificate of an ACME client, in files that only the owner can read. */
export class StateDirectory {
  readonly #path: string;
  #unlock: (() => void) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Creates the directory and locks it for this process. Throws `DirectoryLockedError` if another process has it. Idempotent. */
  lock(): void {
    if (this.#unlock !== undefined) return;
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    this.#unlock = lockDirectory(this.#path);
  }

  unlock(): void {
    this.#unlock?.();
    this.#unlock = undefined;
  }

  /** Returns the contents of a file; `undefined` if there is none. */
  read(name: keyof typeof FILES): string | undefined {
    try {
      return readFileSync(join(this.#path, FILES[name]), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Replaces a file, so that readers find the old or the new one, also after a power failure. */
  write(name: keyof typeof FILES, text: string): void {
    const path = join(this.#path, FILES[name]);
    const file = openSync(`${path}.tmp`, 'w', 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.tmp`, path);
    if (process.platform === 'win32') return;
    const directory = openSync(this.#path, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }
}
