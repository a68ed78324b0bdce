import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from '@otelier/transport';

const DAY_MILLIS = 86_400_000;
const MEGABYTE = 1_048_576;

/** When a new file is begun and how many old ones are kept. */
export interface Rotation {
  readonly maxMegabytes: number;
  /** 0 means without end. */
  readonly maxDays: number;
  /** 0 means all. */
  readonly maxBackups: number;
  /** Whether names carry local time instead of UTC. */
  readonly localtime: boolean;
}

/** What a rotating file is opened with. */
export interface RotatingFileOptions {
  readonly path: string;
  /** Whether what the file holds is kept. With rotation it always is. */
  readonly append: boolean;
  readonly flushIntervalMillis: number;
  readonly rotation: Rotation | undefined;
  readonly clock: Clock;
  /** Told of what concerns no single write: data that could not be forced to disk, old files that could not be removed. */
  readonly onError: (error: unknown) => void;
}

/** A file that is written record by record, and put aside under a name with its time when it is full. */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  /** Absent when a rotation has failed half-way; the next write opens it again. */
  #handle: FileHandle | undefined;
  #sizeBytes = 0;
  #unsynced = false;
  #cancelSync: (() => void) | undefined;
  /** Writes come one after the other: a rotation must not pass between a record's pieces. */
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #openedMillis: number;
  readonly #openedMonotonicMillis: number;

  /** Opens the file, and makes it and its folder where they are missing. */
  static async open(options: RotatingFileOptions): Promise<RotatingFile> {
    await mkdir(dirname(options.path), { recursive: true });
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

  /** Resolves when the records are written (not yet forced to disk, see `flushIntervalMillis`). */
  write(records: readonly Uint8Array[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error(`${this.#options.path} is closed`));
    const result = this.#last.then(() => this.#write(records));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Finishes the writes under way and forces them to disk. Safe twice. */
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
    // Always appending: after a write that broke off and was cut away, the next one follows without a gap.
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
      // A torn record would spoil what follows it.
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
    await rename(path, await this.#freeName(timeStamp(clock.now(), rotation.localtime)));
    const fresh = await this.#open();
    // Old files that stay are a nuisance, and no reason to refuse telemetry.
    await this.#removeOld(rotation).catch(onError);
    return fresh;
  }

  /** `traces.jsonl` → `traces-2026-11-24T10-00-00.000.jsonl`, with a number when two fall into one millisecond. */
  async #freeName(stamp: string): Promise<string> {
    const { path } = this.#options;
    const extension = extname(path);
    const stem = path.slice(0, path.length - extension.length);
    const last = oldestFirst(await readdir(dirname(path)), path).at(-1);
    // When the clock went back the last file's time is used again: named earlier, the newest file would be the first to go.
    const isLater = last === undefined || stamp > last.stamp;
    for (let number = isLater ? 0 : last.number + 1; ; number++) {
      const name = `${stem}-${isLater ? stamp : last.stamp}${number === 0 ? '' : `-${number}`}${extension}`;
      if ((await stat(name).catch(() => undefined)) === undefined) return name;
    }
  }

  async #removeOld({ maxBackups, maxDays }: Rotation): Promise<void> {
    const { path, clock } = this.#options;
    // A clock that jumps ahead makes no file older.
    const ranMillis = clock.monotonic() - this.#openedMonotonicMillis;
    const nowMillis = Math.min(clock.now(), this.#openedMillis + ranMillis);
    const names = oldestFirst(await readdir(dirname(path)), path).map(({ name }) => name);
    const surplus = maxBackups === 0 ? [] : names.slice(0, Math.max(names.length - maxBackups, 0));
    for (const name of names) {
      const file = join(dirname(path), name);
      const isOld = maxDays > 0 && nowMillis - (await stat(file)).mtimeMs > maxDays * DAY_MILLIS;
      if (isOld || surplus.includes(name)) await unlink(file);
    }
  }
}

/** Which of the names are files that `path` was put aside as. Others whose name begins like it are left alone. */
function oldestFirst(names: readonly string[], path: string): readonly RotatedFile[] {
  const extension = extname(path);
  const stem = `${basename(path, extension)}-`;
  const own = names.flatMap((name) => {
    if (!name.startsWith(stem) || !name.endsWith(extension)) return [];
    const [, stamp, number = '0'] =
      STAMP.exec(name.slice(stem.length, name.length - extension.length)) ?? ([] as string[]);
    return stamp === undefined ? [] : [{ name, stamp, number: Number(number) }];
  });
  return own.sort((a, b) => (a.stamp === b.stamp ? a.number - b.number : a.stamp < b.stamp ? -1 : 1));
}

interface RotatedFile {
  readonly name: string;
  readonly stamp: string;
  readonly number: number;
}

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3})(?:-(\d+))?$/;

function timeStamp(millis: number, localtime: boolean): string {
  const shifted = localtime ? millis - new Date(millis).getTimezoneOffset() * 60_000 : millis;
  return new Date(shifted).toISOString().replace('Z', '').replaceAll(':', '-');
}
