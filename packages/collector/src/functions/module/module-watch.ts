import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Clock } from '@otelier/transport';
import { DirectoryWatch } from '../../component/files/directory-watch.ts';
import type { ModuleSource } from '../protocol.ts';

const INTERVALS = { settleMillis: 50, maxSettleMillis: 500, pollMillis: 5000 } as const;

/** Watches the files of a module and of the modules that it imports, and compares their contents. */
export class ModuleWatch {
  readonly #file: string;
  readonly #changed: () => void;
  readonly #watch: DirectoryWatch;
  #sources: ReadonlyMap<string, ModuleSource> = new Map();
  #isClosed = false;

  /** `changed` is called when a file differs from the sources that have been loaded. */
  constructor(file: string, clock: Clock, changed: () => void) {
    this.#file = file;
    this.#changed = changed;
    this.#watch = new DirectoryWatch({ clock, ...INTERVALS, check: () => this.#check() });
  }

  /** Sets the sources that have been loaded, to which the files are compared from now on. */
  loaded(sources: ReadonlyMap<string, ModuleSource>): void {
    if (this.#isClosed) return;
    this.#sources = sources;
    this.#watch.watch([this.#file, ...[...sources.keys()].map((url) => fileURLToPath(url))]);
    // A file may have changed while it was loaded.
    this.#watch.checkSoon();
  }

  close(): void {
    this.#isClosed = true;
    this.#watch.close();
  }

  async #check(): Promise<boolean> {
    const sources = this.#sources;
    const isChanged = !sources.has(this.#entry()) || (await this.#differs(sources));
    if (isChanged && !this.#isClosed && sources === this.#sources) this.#changed();
    return false;
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
