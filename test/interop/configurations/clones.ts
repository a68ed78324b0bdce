import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file that somebody published. */
export interface PublicConfiguration {
  readonly repository: string;
  readonly commit: string;
  readonly path: string;
  /** Hash of the file. */
  readonly sha256: string;
}

/** A configuration that the Collector refuses. */
export interface RefusedConfiguration extends PublicConfiguration {
  /** The Collector's message. */
  readonly collector: string;
}

/** Reads a list of this directory. */
export function readList<Entry extends PublicConfiguration = PublicConfiguration>(name: string): Entry[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8')) as Entry[];
}

/** Returns the git directory of the clone of a repository: `owner+name` or `owner+name/repo`. */
export function cloneOf(directory: string, repository: string): string {
  const clone = join(directory, repository.replace('/', '+'));
  const nested = join(clone, 'repo');
  return existsSync(nested) ? nested : clone;
}

/** Runs git in a clone. */
export function git(clone: string, ...args: readonly string[]): Buffer {
  return execFileSync('git', ['-C', clone, ...args], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Reads a configuration. Throws if it is another. */
export function textOf(directory: string, { repository, commit, path, sha256 }: PublicConfiguration): string {
  const bytes = git(cloneOf(directory, repository), 'show', `${commit}:${path}`);
  const hash = sha256Of(bytes);
  if (hash !== sha256) throw new Error(`${repository} ${path}: expected the hash ${sha256}, got ${hash}`);
  return bytes.toString();
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
