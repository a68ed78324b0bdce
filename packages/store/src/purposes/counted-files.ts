import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readCheckedJson, writeCheckedJson } from '../write/files/checked-json.ts';
import type { Purpose } from './contract.ts';

const NAME = 'purposes.json';

/** How many rows of a file have each purpose. */
export interface CountedFile {
  readonly rows: number;
  /** Number of rows by purpose. A row may have several. */
  readonly all: Readonly<Record<string, number>>;
  /** Number of rows by the purpose with the longest retention; `''` stands for none. */
  readonly longest: Readonly<Record<string, number>>;
}

/**
 * What is known of the purposes of files, by their paths in the store's directory, in a file of that directory. It saves
 * reading the files again: without it, or with other purposes, they are counted again.
 */
export class CountedFiles {
  readonly #path: string;
  readonly #purposes: string;
  #files = new Map<string, CountedFile>();
  #removed = new Map<string, number>();
  #early = new Map<string, number>();
  #isChanged = false;

  constructor(directory: string, purposes: readonly Purpose[]) {
    this.#path = join(directory, NAME);
    this.#purposes = createHash('sha256')
      .update(JSON.stringify(purposes.map(selectionOf)))
      .digest('hex');
    const read = readCheckedJson(this.#path);
    if (read.kind !== 'whole' || !read.isChecked) return;
    const countsOf = (key: string) => new Map(Object.entries(read.value[key] as Record<string, number>));
    [this.#removed, this.#early] = [countsOf('removed'), countsOf('early')];
    if (read.value['purposes'] === this.#purposes)
      this.#files = new Map(Object.entries(read.value['files'] as Record<string, CountedFile>));
  }

  /** Returns what is known of a file with this number of rows. */
  find(name: string, rows: number): CountedFile | undefined {
    const found = this.#files.get(name);
    return found?.rows === rows ? found : undefined;
  }

  set(name: string, counted: CountedFile): void {
    this.#files.set(name, counted);
    this.#isChanged = true;
  }

  /** Notes that rows were removed; `''` stands for rows without a purpose. */
  removed(purpose: string, rows: number): void {
    this.#removed.set(purpose, this.removedOf(purpose) + rows);
    this.#isChanged = true;
  }

  /** Notes that rows were removed before they were too old. */
  removedEarly(purpose: string, rows: number): void {
    this.#early.set(purpose, this.removedEarlyOf(purpose) + rows);
    this.#isChanged = true;
  }

  /** Returns how many rows were removed before they were too old, also by earlier processes. */
  removedEarlyOf(purpose: string): number {
    return this.#early.get(purpose) ?? 0;
  }

  /** Returns how many rows were removed, also by earlier processes. */
  removedOf(purpose: string): number {
    return this.#removed.get(purpose) ?? 0;
  }

  /** Forgets files that do not exist any more, and saves the rest if something has changed. */
  save(names: ReadonlySet<string>): void {
    for (const name of this.#files.keys()) {
      if (names.has(name)) continue;
      this.#files.delete(name);
      this.#isChanged = true;
    }
    if (!this.#isChanged) return;
    const [files, removed, early] = [this.#files, this.#removed, this.#early].map((map) => Object.fromEntries(map));
    writeCheckedJson(this.#path, { purposes: this.#purposes, files, removed, early });
    this.#isChanged = false;
  }
}

/** Returns what decides about the counts: the selection, and the order of retentions. */
function selectionOf({ name, signals, tenants, services, attributes, maxAgeMillis }: Purpose): unknown {
  return [name, signals, tenants, services, attributes, String(maxAgeMillis)];
}
