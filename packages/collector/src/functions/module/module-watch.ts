import { type FSWatcher, realpathSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Clock } from '@otelier/transport';
import type { ModuleSource } from '../protocol.ts';

/** Editors write a file in several steps. */
const DEBOUNCE_MILLIS = 50;
/** Maximum delay after a change. Other files of the directory can change all the time. */
const MAX_DEBOUNCE_MILLIS = 500;
/** Interval of checks without an event, for file systems that report none. */
const POLL_MILLIS = 5_000;

/** Watches the files of a module and of the modules that it imports, and compares their contents. */
export class ModuleWatch {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #sources: ReadonlyMap<string, ModuleSource> = new Map();
  #cancel: (() => void) | undefined;
  /** Time of the first change that has not been checked. */
  #changedMillis: number | undefined;
  #isClosed = false;

  /** `changed` is called when a file differs from the sources that have been loaded. */
  constructor(file: string, clock: Clock, changed: () => void) {
    this.#file = file;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Sets the sources that have been loaded, to which the files are compared from now on. */
  loaded(sources: ReadonlyMap<string, ModuleSource>): void {
    if (this.#isClosed) return;
    this.#sources = sources;
    const directories = new Set([
      dirname(this.#file),
      ...[...sources.keys()].map((url) => dirname(fileURLToPath(url))),
    ]);
    for (const [directory, watcher] of this.#watchers) {
      if (directories.has(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const directory of directories) this.#watch(directory);
    // A file may have changed while it was loaded.
    this.#checkAfter(DEBOUNCE_MILLIS);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(directory: string): void {
    if (this.#watchers.has(directory)) return;
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#checkSoon());
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(directory);
      });
      this.#watchers.set(directory, watcher);
    } catch {
      // Without events, files are checked at intervals.
    }
  }

  #checkSoon(): void {
    const now = this.#clock.monotonic();
    this.#changedMillis ??= now;
    this.#checkAfter(Math.max(0, Math.min(DEBOUNCE_MILLIS, this.#changedMillis + MAX_DEBOUNCE_MILLIS - now)));
  }

  #checkAfter(millis: number): void {
    this.#cancel?.();
    this.#cancel = this.#isClosed ? undefined : this.#clock.setTimeout(() => void this.#check(), millis);
  }

  async #check(): Promise<void> {
    this.#changedMillis = undefined;
    const sources = this.#sources;
    const isChanged = !sources.has(this.#entry()) || (await this.#differs(sources));
    if (this.#isClosed || sources !== this.#sources) return;
    this.#checkAfter(POLL_MILLIS);
    if (isChanged) this.#changed();
  }

  /** URL of the file that a symbolic link currently refers to. */
  #entry(): string {
    try {
      return pathToFileURL(realpathSync(this.#file)).href;
    } catch {
      return '';
    }
  }

  async #differs(sources: ReadonlyMap<string, ModuleSource>): Promise<boolean> {
    for (const [url, { text }] of sources) {
      const now = await readFile(new URL(url), 'utf8').catch(() => '');
      // An empty or missing file is being written.
      if (now.trim() !== '' && now !== text) return true;
    }
    return false;
  }
}
