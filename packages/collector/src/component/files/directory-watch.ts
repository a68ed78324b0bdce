import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '@otelier/transport';

/** Options for `DirectoryWatch`. */
export interface DirectoryWatchOptions {
  readonly clock: Clock;
  /** Time without a further event after which files are checked: editors and deployments write several times. */
  readonly settleMillis: number;
  /** Maximum delay after an event. Other files of a directory can change all the time. */
  readonly maxSettleMillis: number;
  /** Interval of checks without an event, for file systems that report none. Default: no such checks. */
  readonly pollMillis?: number;
  /** Checks the files. Never rejects. Returns whether to check again soon, because the files may be incomplete. */
  check(): boolean | Promise<boolean>;
}

/**
 * Checks files after events in their directories, and at an interval. Watches directories because a file that is
 * replaced is another file. Checks do not overlap.
 */
export class DirectoryWatch {
  readonly #options: DirectoryWatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  #cancel: (() => void) | undefined;
  /** Time of the first event that no check has followed. */
  #changedMillis: number | undefined;
  #isChecking = false;
  #isClosed = false;

  constructor(options: DirectoryWatchOptions) {
    this.#options = options;
  }

  /** Watches the directories of these files from now on, and no others. */
  watch(paths: readonly string[]): void {
    if (this.#isClosed) return;
    const directories = new Set(paths.map((path) => dirname(path)));
    for (const [directory, watcher] of this.#watchers) {
      if (directories.has(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const directory of directories) this.#watchDirectory(directory);
  }

  /** Checks the files immediately. */
  checkNow(): void {
    if (!this.#isChecking) void this.#check();
  }

  /** Checks the files as after an event. */
  checkSoon(): void {
    const { clock, settleMillis, maxSettleMillis } = this.#options;
    const now = clock.monotonic();
    this.#changedMillis ??= now;
    if (this.#isChecking) return;
    this.#checkAfter(Math.max(0, Math.min(settleMillis, this.#changedMillis + maxSettleMillis - now)));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watchDirectory(directory: string): void {
    if (this.#watchers.has(directory)) return;
    try {
      const watcher = watch(directory, { persistent: false }, () => this.checkSoon());
      // The directory is gone, or the system has no more watches: the files are checked at the interval.
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(directory);
      });
      this.#watchers.set(directory, watcher);
    } catch {
      // Without events, files are checked at the interval.
    }
  }

  #checkAfter(millis: number): void {
    this.#cancel?.();
    this.#cancel = this.#isClosed ? undefined : this.#options.clock.setTimeout(() => void this.#check(), millis);
  }

  async #check(): Promise<void> {
    this.#cancel?.();
    this.#changedMillis = undefined;
    this.#isChecking = true;
    const isIncomplete = await this.#options.check();
    this.#isChecking = false;
    const { pollMillis } = this.#options;
    if (isIncomplete || this.#changedMillis !== undefined) this.checkSoon();
    else if (pollMillis !== undefined) this.#checkAfter(pollMillis);
  }
}
