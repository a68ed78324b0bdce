import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * The process that locked a directory, as described in the file `lock`. It explains the error and does not decide who
 * holds the lock.
 */
export interface LockOwner {
  readonly pid: number;
  /** Start time of the process, in the kernel's clock ticks since boot; empty when the kernel does not report it. */
  readonly started: string;
  /**
   * Random ID that distinguishes owners in different PID namespaces or on different machines. Absent from files
   * written by older versions.
   */
  readonly owner?: string;
  readonly host?: string;
  /** Time at which the directory was locked, as ISO 8601. */
  readonly since?: string;
}

const NAME = 'lock';

/** The file `lock` in a directory, written by the process that holds the directory's lock. */
export class OwnerFile {
  readonly #directory: string;
  readonly #path: string;
  readonly #temporary: string;
  readonly #owner: LockOwner & { readonly owner: string };

  /** Writes the file under a temporary name. Throws the system error when the directory cannot be written. */
  static create(directory: string): OwnerFile {
    const file = new OwnerFile(directory);
    writeFileSync(file.#temporary, `${JSON.stringify(file.#owner)}\n`);
    return file;
  }

  private constructor(directory: string) {
    const owner = randomUUID();
    this.#directory = directory;
    this.#path = join(directory, NAME);
    this.#temporary = join(directory, `lock.${owner}.tmp`);
    this.#owner = {
      pid: process.pid,
      // Older versions compare it with the process of this pid, and therefore refuse to start beside this one.
      started: startOf(process.pid),
      owner,
      host: hostname(),
      since: new Date().toISOString(),
    };
  }

  /** Makes this process the owner that the file names. */
  publish(): void {
    renameSync(this.#temporary, this.#path);
  }

  /** Removes the file that `create` wrote. */
  discard(): void {
    rmSync(this.#temporary, { force: true });
  }

  /** Refreshes the file and returns the other owner if the file names one. Rewrites a missing file. */
  beat(): LockOwner | undefined {
    try {
      const current = readOwner(this.#directory);
      if (current !== undefined && current.owner !== this.#owner.owner) return current;
      if (current === undefined) writeFileSync(this.#path, `${JSON.stringify(this.#owner)}\n`);
      const now = new Date();
      utimesSync(this.#path, now, now);
    } catch {
      // Appends report a full or failing disk.
    }
    return undefined;
  }

  /** Removes the file if it still names this process. */
  remove(): void {
    if (readOwner(this.#directory)?.owner === this.#owner.owner) rmSync(this.#path, { force: true });
  }
}

/** Describes an owner for an error message. */
export function describeOwner(owner: LockOwner | undefined): string {
  if (owner === undefined) return 'another process';
  const host = owner.host === undefined ? '' : ` on host ${owner.host}`;
  const since = owner.since === undefined ? '' : ` since ${owner.since}`;
  return `process ${owner.pid}${host}${since}`;
}

/** Whether an older version, for which this file is the lock, wrote it and still runs. */
export function isRunningOldVersion({ pid, started, owner }: LockOwner): boolean {
  if (owner !== undefined || pid === process.pid) return false;
  const now = startOf(pid);
  if (now !== '' && started !== '') return now === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Reads the owner that the file `lock` in a directory names. */
export function readOwner(directory: string): LockOwner | undefined {
  try {
    const { pid, started, owner, host, since } = JSON.parse(
      readFileSync(join(directory, NAME), 'utf8'),
    ) as Partial<LockOwner>;
    if (typeof pid !== 'number') return undefined;
    return {
      pid,
      started: started ?? '',
      ...(owner === undefined ? {} : { owner }),
      ...(host === undefined ? {} : { host }),
      ...(since === undefined ? {} : { since }),
    };
  } catch {
    // Missing, empty or torn.
    return undefined;
  }
}

/**
 * Returns field 22 of /proc/PID/stat (proc(5)): the start in clock ticks since boot. The name before it may contain
 * spaces.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
