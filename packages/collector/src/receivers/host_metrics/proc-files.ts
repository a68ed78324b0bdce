import { readdir, readFile, readlink, realpath, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Kernel ticks of a second, which are 100 on every Linux system in use. */
export const TICKS_PER_SECOND = 100;
/** Size of a memory page. */
export const PAGE_BYTES = 4096;

/** Reads the files of `/proc`, `/sys` and `/etc` below a root, which is that of the host in a container. */
export class ProcFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root === '' ? '/' : root;
  }

  get hasOwnRoot(): boolean {
    return this.#root !== '/';
  }

  /** Returns the path of a file below the root. */
  path(path: string): string {
    return this.#root === '/' ? path : join(this.#root, path);
  }

  /** Reads a file. */
  text(path: string): Promise<string> {
    return readFile(this.path(path), 'utf8');
  }

  /** Reads a file, or returns `undefined` if it does not exist or is not readable. */
  async optional(path: string): Promise<string | undefined> {
    try {
      return await this.text(path);
    } catch {
      return undefined;
    }
  }

  /** Reads the lines of a file. */
  async lines(path: string): Promise<string[]> {
    return (await this.text(path)).split('\n').filter((line) => line !== '');
  }

  /** Returns the names in a directory. */
  names(path: string): Promise<string[]> {
    return readdir(this.path(path));
  }

  /** Returns the target of a symbolic link. */
  link(path: string): Promise<string> {
    return readlink(this.path(path));
  }

  /** Returns the real path of a device. */
  realpath(path: string): Promise<string> {
    return realpath(this.path(path));
  }

  /** Returns the sizes of the file system at a mount point. */
  statfs(mountPoint: string) {
    const root = this.#root.replace(/\/$/, '');
    const isBelow = this.hasOwnRoot && `${mountPoint}/`.startsWith(`${root}/`);
    return statfs(isBelow ? mountPoint : this.path(mountPoint));
  }

  /** Reads a file of lines such as `MemTotal: 16 kB` or `pgfault 3`. */
  async numbers(path: string): Promise<ReadonlyMap<string, number>> {
    const entries = (await this.lines(path)).map((line) => line.split(/:?\s+/));
    return new Map(entries.map(([name = '', value = '']) => [name, Number(value)]));
  }

  /** Returns the numbers of the IDs of processes. */
  async processIds(): Promise<number[]> {
    return (await this.names('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  }

  /** Returns the time of the start of the system, in milliseconds since the epoch. */
  async bootMillis(): Promise<number> {
    return ((await this.numbers('/proc/stat')).get('btime') ?? 0) * 1000;
  }

  /** Returns the number of logical processors. */
  async processorCount(): Promise<number> {
    return (await this.lines('/proc/stat')).filter((line) => /^cpu\d/.test(line)).length;
  }
}
