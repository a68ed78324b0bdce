import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from '@otelier/transport';

const DAY_MILLIS = 86_400_000;
const MEGABYTE = 1_048_576;

/** File rotation options. */
export interface Rotation {
  readonly maxMegabytes: number;
  /** 0 means no limit. */
  readonly maxDays: number;
  /** 0 means no limit. */
  readonly maxBackups: number;
  /** Whether file names use local time instead of UTC. */
  readonly localtime: boolean;
}

/** Options for a rotating file. */
export interface RotatingFileOptions {
  readonly path: string;
  /** Whether to keep the contents of an existing file. With rotation, they are always kept. */
  readonly append: boolean;
  /** Mode of directories that are created, minus the umask of the process. */
  readonly directoryMode: number;
  readonly flushIntervalMillis: number;
  readonly rotation: Rotation | undefined;
  readonly clock: Clock;
  /** Called with errors that do not belong to a particular write: failed syncs, and old files that cannot be removed. */
  readonly onError: (error: unknown) => void;
}

/** A file of records. When it is full, it is renamed with a timestamp, and a new file is opened. */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  /** `undefined` after a failed rotation. The next write reopens the file. */
  #handle: FileHandle | undefined;
  #sizeBytes = 0;
  #unsynced = false;
  #cancelSync: (() => void) | undefined;
  /** The last write. Writes run sequentially, so that a rotation never splits a record. */
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #openedMillis: number;
  readonly #openedMonotonicMillis: number;

  /** Opens a file, creating it and its directory if necessary. */
  static async open(options: RotatingFileOptions): Promise<RotatingFile> {
    await mkdir(dirname(options.path), { recursive: true, mode: options.directoryMode });
    const file = new RotatingFile(options);
    const handle = await file.#open();
    if (!options.append && options.rotation === undefined) {
      await handle.truncate(0);
      file.#sizeBytes = 0;
    }
    return file;
  }

  private constructor(options: RotatingFileOptions) {
    this.#options = options;
    this.#openedMillis = options.clock.now();
    this.#openedMonotonicMillis = options.clock.monotonic();
  }

  /** Writes records. The data reaches the disk with the next sync (see `flushIntervalMillis`). */
  write(records: readonly Uint8Array[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error(`${this.#options.path} is closed`));
    const result = this.#last.then(() => this.#write(records));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Finishes pending writes, syncs and closes the file. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSync?.();
    await this.#last;
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      if (this.#unsynced) await handle?.sync();
    } finally {
      await handle?.close();
    }
  }

  async #open(): Promise<FileHandle> {
    // In append mode, the write that follows the truncation of a failed write leaves no gap.
    const handle = await open(this.#options.path, 'a');
    this.#handle = handle;
    this.#sizeBytes = (await handle.stat()).size;
    return handle;
  }

  async #write(records: readonly Uint8Array[]): Promise<void> {
    let handle = this.#handle ?? (await this.#open());
    const bytes = records.reduce((sum, record) => sum + record.length, 0);
    const { rotation } = this.#options;
    if (rotation !== undefined && this.#sizeBytes > 0 && this.#sizeBytes + bytes > rotation.maxMegabytes * MEGABYTE)
      handle = await this.#rotate(handle, rotation);
    try {
      await handle.appendFile(records.length === 1 && records[0] !== undefined ? records[0] : Buffer.concat(records));
    } catch (error) {
      // A partial record would make all subsequent records unreadable.
      await handle.truncate(this.#sizeBytes).catch(() => {});
      throw error;
    }
    this.#sizeBytes += bytes;
    this.#scheduleSync();
  }

  #scheduleSync(): void {
    this.#unsynced = true;
    if (this.#closed) return;
    this.#cancelSync ??= this.#options.clock.setTimeout(() => {
      this.#cancelSync = undefined;
      this.#last = this.#last.then(() => this.#sync());
    }, this.#options.flushIntervalMillis);
  }

  async #sync(): Promise<void> {
    try {
      await this.#handle?.sync();
      this.#unsynced = false;
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #rotate(handle: FileHandle, rotation: Rotation): Promise<FileHandle> {
    const { path, clock, onError } = this.#options;
    this.#handle = undefined;
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    this.#unsynced = false;
    await rename(path, await this.#unusedName(timeStamp(clock.now(), rotation.localtime)));
    const next = await this.#open();
    // Telemetry is accepted even if old files cannot be removed.
    await this.#removeOld(rotation).catch(onError);
    return next;
  }

  /**
   * Returns an unused name for a rotated file, as the Collector names it: `traces-2026-11-24T10-00-00.000-size.jsonl`, or
   * `…-size_1.jsonl` if that name exists.
   */
  async #unusedName(stamp: string): Promise<string> {
    const { path } = this.#options;
    const extension = extname(path);
    const stem = path.slice(0, path.length - extension.length);
    const last = oldestFirst(await readdir(dirname(path)), path).at(-1);
    // If the clock was set back, reuse the last timestamp: with an earlier one, the newest file would be removed first.
    const isLater = last === undefined || stamp > last.stamp;
    for (let number = isLater ? 0 : last.number + 1; ; number++) {
      const name = `${stem}-${isLater ? stamp : last.stamp}-size${number === 0 ? '' : `_${number}`}${extension}`;
      if ((await stat(name).catch(() => undefined)) === undefined) return name;
    }
  }

  async #removeOld({ maxBackups, maxDays }: Rotation): Promise<void> {
    const { path, clock } = this.#options;
    // A clock that jumps ahead does not age files.
    const uptimeMillis = clock.monotonic() - this.#openedMonotonicMillis;
    const nowMillis = Math.min(clock.now(), this.#openedMillis + uptimeMillis);
    const names = oldestFirst(await readdir(dirname(path)), path).map(({ name }) => name);
    const surplus = maxBackups === 0 ? [] : names.slice(0, Math.max(names.length - maxBackups, 0));
    for (const name of names) {
      const file = join(dirname(path), name);
      const isOld = maxDays > 0 && nowMillis - (await stat(file)).mtimeMs > maxDays * DAY_MILLIS;
      if (isOld || surplus.includes(name)) await unlink(file);
    }
  }
}

/** Returns the rotated files of `path` among `names`, oldest first. Ignores other files with the same prefix. */
function oldestFirst(names: readonly string[], path: string): readonly RotatedFile[] {
  const extension = extname(path);
  const stem = `${basename(path, extension)}-`;
  const rotated = names.flatMap((name) => {
    if (!name.startsWith(stem) || !name.endsWith(extension)) return [];
    const [, stamp, number = '0'] =
      STAMP.exec(name.slice(stem.length, name.length - extension.length)) ?? ([] as string[]);
    return stamp === undefined ? [] : [{ name, stamp, number: Number(number) }];
  });
  return rotated.sort((a, b) => (a.stamp === b.stamp ? a.number - b.number : a.stamp < b.stamp ? -1 : 1));
}

interface RotatedFile {
  readonly name: string;
  readonly stamp: string;
  readonly number: number;
}

/** When a file was rotated, and why. Older Collectors give no reason. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3})(?:-[a-z]+(?:_(\d+))?)?$/;

function timeStamp(millis: number, localtime: boolean): string {
  const shifted = localtime ? millis - new Date(millis).getTimezoneOffset() * 60_000 : millis;
  return new Date(shifted).toISOString().replace('Z', '').replaceAll(':', '-');
}
