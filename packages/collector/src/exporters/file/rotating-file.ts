import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from '@otelier/transport';

const DAY_MILLIS = 86_400_000;

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
  readonly append: boolean;
  readonly flushIntervalMillis: number;
  readonly rotation: Rotation | undefined;
  readonly clock: Clock;
}

/** A file that is written record by record, and put aside under a name with its time when it is full. */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #handle: FileHandle;
  #sizeBytes: number;
  #unsynced = false;
  #cancelSync: (() => void) | undefined;
  /** Writes come one after the other: a rotation must not pass between a record's pieces. */
  #last: Promise<void> = Promise.resolve();

  static async open(options: RotatingFileOptions): Promise<RotatingFile> {
    await mkdir(dirname(options.path), { recursive: true });
    const keep = options.append || options.rotation !== undefined;
    const handle = await open(options.path, keep ? 'a' : 'w');
    return new RotatingFile(options, handle, (await handle.stat()).size);
  }

  private constructor(options: RotatingFileOptions, handle: FileHandle, sizeBytes: number) {
    this.#options = options;
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  /** Resolves when the records are written (not yet forced to disk, see `flushIntervalMillis`). */
  write(records: readonly Uint8Array[]): Promise<void> {
    const result = this.#last.then(() => this.#write(records));
    this.#last = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    this.#cancelSync?.();
    await this.#last;
    if (this.#unsynced) await this.#handle.sync();
    await this.#handle.close();
  }

  async #write(records: readonly Uint8Array[]): Promise<void> {
    const bytes = records.reduce((sum, record) => sum + record.length, 0);
    const { rotation } = this.#options;
    if (rotation !== undefined && this.#sizeBytes > 0 && this.#sizeBytes + bytes > rotation.maxMegabytes * 1_048_576)
      await this.#rotate(rotation);
    const before = this.#sizeBytes;
    try {
      await this.#handle.appendFile(
        records.length === 1 && records[0] !== undefined ? records[0] : Buffer.concat(records),
      );
    } catch (error) {
      // A torn record would spoil what follows it.
      await this.#handle.truncate(before).catch(() => {});
      throw error;
    }
    this.#sizeBytes += bytes;
    this.#scheduleSync();
  }

  #scheduleSync(): void {
    this.#unsynced = true;
    this.#cancelSync ??= this.#options.clock.setTimeout(() => {
      this.#cancelSync = undefined;
      this.#last = this.#last.then(async () => {
        this.#unsynced = false;
        await this.#handle.sync().catch(() => {});
      });
    }, this.#options.flushIntervalMillis);
  }

  async #rotate(rotation: Rotation): Promise<void> {
    const { path, clock } = this.#options;
    await this.#handle.sync();
    await this.#handle.close();
    await rename(path, await this.#freeName(timeStamp(clock.now(), rotation.localtime)));
    this.#handle = await open(path, 'a');
    this.#sizeBytes = 0;
    await this.#removeOld(rotation);
  }

  /** `traces.jsonl` → `traces-2026-11-24T10-00-00.000.jsonl`, with a number when two fall into one millisecond. */
  async #freeName(stamp: string): Promise<string> {
    const { path } = this.#options;
    const extension = extname(path);
    const stem = path.slice(0, path.length - extension.length);
    for (let number = 0; ; number++) {
      const name = `${stem}-${stamp}${number === 0 ? '' : `-${number}`}${extension}`;
      if ((await stat(name).catch(() => undefined)) === undefined) return name;
    }
  }

  async #removeOld({ maxBackups, maxDays }: Rotation): Promise<void> {
    const { path, clock } = this.#options;
    const extension = extname(path);
    const stem = `${basename(path, extension)}-`;
    const names = (await readdir(dirname(path)))
      .filter((name) => name.startsWith(stem) && name.endsWith(extension) && /-\d{4}-\d\d-\d\dT/.test(name))
      .sort();
    const surplus = maxBackups === 0 ? [] : names.slice(0, Math.max(names.length - maxBackups, 0));
    for (const name of names) {
      const file = join(dirname(path), name);
      const isOld = maxDays > 0 && clock.now() - (await stat(file)).mtimeMs > maxDays * DAY_MILLIS;
      if (isOld || surplus.includes(name)) await unlink(file);
    }
  }
}

function timeStamp(millis: number, localtime: boolean): string {
  const shifted = localtime ? millis - new Date(millis).getTimezoneOffset() * 60_000 : millis;
  return new Date(shifted).toISOString().replace('Z', '').replaceAll(':', '-');
}
