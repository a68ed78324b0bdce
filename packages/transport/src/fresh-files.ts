import { readFileSync, statSync } from 'node:fs';
import type { Clock } from './clock.ts';

/** Thrown at creation when a file that was named cannot be used; the message names it and says why. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/**
 * Files that may be replaced while the program runs (certificates, tokens). Nothing watches them: who is about to use
 * them asks, and they are looked at no more than once in an interval.
 */
export class FreshFiles {
  readonly #paths: readonly string[];
  readonly #intervalMillis: number;
  readonly #clock: Clock;
  #lookedAt: number;
  #stamp: string;

  constructor(paths: readonly string[], intervalMillis: number, clock: Clock) {
    this.#paths = paths;
    this.#intervalMillis = intervalMillis;
    this.#clock = clock;
    this.#lookedAt = clock.monotonic();
    this.#stamp = stampOf(paths);
  }

  /** Whether any of the files differs from the last time this was asked. */
  changed(): boolean {
    const now = this.#clock.monotonic();
    if (this.#paths.length === 0 || now - this.#lookedAt < this.#intervalMillis) return false;
    this.#lookedAt = now;
    const stamp = stampOf(this.#paths);
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    return true;
  }
}

/** Reads a file that an option named; throws `FileError`. */
export function readNamedFile(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FileError(`${option}: expected a readable file, got ${path}: ${whyUnreadable(error)}`, { cause: error });
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'this user may not read it';
  if (code === 'EISDIR') return 'it is a directory';
  return error instanceof Error ? error.message : String(error);
}

/** Inode, size and time of change: a rename over the file changes the first, a write the others. */
function stampOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? 'missing' : `${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}`;
    })
    .join('|');
}
