import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * The process that locked a directory, as described in the `lock` file. Used to explain the error, not to decide which
 * process holds the lock.
 */
export interface LockOwner {
  readonly pid: number;
  /** Start time of the process, in kernel clock ticks since boot. Empty if the kernel does not report it. */
  readonly started: string;
  /**
   * Random ID that distinguishes owners in different PID namespaces or on different machines. Absent from files
   * written by older versions.
   */
  readonly owner?: string;
  readonly host?: string;
  /** Time at which the directory was locked, in ISO 8601 format. */
  readonly since?: string;
}

const NAME = 'lock';

/** The `lock` file in a directory, written by the process that holds the directory's lock. */
export class OwnerFile {
  readonly #directory: string;
  readonly #path: string;
  readonly #temporary: string;
  readonly #owner: LockOwner & { readonly owner: string };

  /** Writes the file under a temporary name. Throws the system error if the directory is not writable. */
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
      // Older versions compare it with the process that has this PID, and therefore refuse to start alongside this one.
      started: startOf(process.pid),
      owner,
      host: hostname(),
      since: new Date().toISOString(),
    };
  }

  /** Makes this process the owner named by the file. */
  publish(): void {
    renameSync(this.#temporary, this.#path);
  }

  /** Removes the file written by `create`. */
  discard(): void {
    rmSync(this.#temporary, { force: true });
  }

  /** Refreshes the file, or returns the owner if the file names another one. Rewrites a missing file. */
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

/**
 * Reports whether the file was written by an older version, for which the file itself is the lock, and that process is
 * still running.
 */
export function isRunningOldVersion({ pid, started, owner }: LockOwner): boolean {
  if (owner !== undefined || pid === process.pid) return false;
  const now = startOf(pid);
  if (now !== '' && started !== '') return now === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process is running and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Returns the owner named by the `lock` file in a directory. */
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
 * Returns field 22 of /proc/PID/stat (proc(5)): the start time in clock ticks since boot. The preceding process name
 * may contain spaces.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
