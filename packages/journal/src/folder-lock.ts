import { closeSync, fsyncSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FolderLockedError } from './errors.ts';

/** Lock files of this thread: where the kernel tells no start, nothing else tells them from those of a dead process with our pid. */
const held = new Set<string>();

/**
 * Takes a folder for this thread alone, by a lock file in it, and answers how to give it back. A lock whose process is
 * gone is taken over; one whose process lives is refused with `FolderLockedError`.
 */
export function lockFolder(directory: string): () => void {
  const path = join(directory, 'lock');
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryCreate(path)) {
      held.add(path);
      return () => release(path);
    }
    const owner = readOwner(path);
    if (owner !== undefined && isAlive(owner, path)) {
      throw new FolderLockedError(
        `${directory}: expected a data directory that nobody uses, but process ${owner.pid} has it open`,
        owner.pid,
      );
    }
    removeIfThere(path);
  }
  throw new FolderLockedError(`${directory}: another process keeps taking the lock file ${path}`, undefined);
}

interface Owner {
  readonly pid: number;
  /** When the process started, as the kernel tells; empty where it cannot be asked. */
  readonly started: string;
}

function tryCreate(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    const owner: Owner = { pid: process.pid, started: startOf(process.pid) };
    writeSync(file, `${JSON.stringify(owner)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return true;
}

function readOwner(path: string): Owner | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>;
    return typeof pid === 'number' ? { pid, started: started ?? '' } : undefined;
  } catch {
    // Empty or torn: its process died while writing it, or it has just been removed.
    return undefined;
  }
}

function isAlive({ pid, started }: Owner, path: string): boolean {
  if (pid === process.pid && held.has(path)) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (codeOf(error) !== 'EPERM') return false;
  }
  // Pids are used again, in containers soon; the start time tells processes of one pid apart.
  const now = startOf(pid);
  if (now === '' || started === '') return pid !== process.pid;
  return now === started;
}

/** Field 22 of /proc/PID/stat (proc(5)): the start in clock ticks since boot. The name before it may hold spaces. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function release(path: string): void {
  if (held.delete(path)) removeIfThere(path);
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
