import { readFileSync, statSync } from 'node:fs';
import type { Clock } from './clock.ts';
import { errorMessage } from './error-message.ts';

/** Thrown at creation when a configured file cannot be used. The message contains the file name and the reason. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/**
 * Files that may be replaced while the program runs, such as certificates and tokens. Callers poll before each use
 * instead of watching the files, which are checked at most once per interval.
 */
export class ReloadableFiles {
  readonly #paths: readonly string[];
  readonly #intervalMillis: number;
  readonly #clock: Clock;
  #checkedMillis: number;
  #stamp: string;

  constructor(paths: readonly string[], intervalMillis: number, clock: Clock) {
    this.#paths = paths;
    this.#intervalMillis = intervalMillis;
    this.#clock = clock;
    this.#checkedMillis = clock.monotonic();
    this.#stamp = stampOf(paths);
  }

  /** Reports whether any of the files has changed since the last call. */
  changed(): boolean {
    const now = this.#clock.monotonic();
    if (this.#paths.length === 0 || now - this.#checkedMillis < this.#intervalMillis) return false;
    this.#checkedMillis = now;
    const stamp = stampOf(this.#paths);
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    return true;
  }
}

const RELOAD_INTERVAL_MILLIS = 5_000;

/**
 * Returns a function that returns the value read from a file, and reads it again when the file has changed. While the
 * file is being replaced and cannot be read, the previous value remains in effect. Throws if the first read throws.
 */
export function reloadableValue<T>(path: string, read: () => T, clock: Clock): () => T {
  let current = read();
  const files = new ReloadableFiles([path], RELOAD_INTERVAL_MILLIS, clock);
  return () => {
    if (files.changed()) {
      try {
        current = read();
      } catch {
        // The file is missing or incomplete because it is being replaced.
      }
    }
    return current;
  };
}

/** Reads a file named by a configuration option. Throws `FileError`. */
export function readNamedFile(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FileError(`${option}: expected a readable file, got ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EISDIR') return 'is a directory';
  return errorMessage(error);
}

/**
 * Returns the inode, size and modification time of each file. Replacing a file changes its inode; writing to it changes
 * the other two.
 */
function stampOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? 'missing' : `${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}`;
    })
    .join('|');
}
