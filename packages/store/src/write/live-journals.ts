import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenedJournal, openJournal } from '@otelier/journal';
import { makeFolder } from './durable.ts';
import type { Positions } from './protocol.ts';

/** The journals of a store: the one that is appended to, and any that earlier processes have left. */
export class LiveJournals {
  readonly current: OpenedJournal;
  readonly #directory: string;
  readonly #left: Map<string, OpenedJournal>;
  /** Per journal: all rows below are in files. */
  readonly #inFiles = new Map<string, number>();

  #closed = false;

  static async open(directory: string): Promise<LiveJournals> {
    const folder = join(directory, 'journal');
    makeFolder(folder);
    const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
    // A journal's name is never used again: positions in files tell of this one alone.
    if (names.length === 0) names.push(`j${Date.now().toString(36)}`);
    const journals: OpenedJournal[] = [];
    for (const name of names.sort()) journals.push(await openJournal({ directory: join(folder, name) }));
    return new LiveJournals(folder, journals);
  }

  private constructor(directory: string, journals: readonly OpenedJournal[]) {
    const current = journals.at(-1);
    if (current === undefined) throw new Error('a store has a journal');
    this.#directory = directory;
    this.current = current;
    this.#left = new Map(journals.slice(0, -1).map((journal) => [journal.name, journal]));
  }

  get durable(): Positions {
    return Object.fromEntries(this.#all().map((journal) => [journal.name, journal.durablePosition]));
  }

  get cutBytes(): number {
    return this.#all().reduce((sum, journal) => sum + journal.recoveredCutBytes, 0);
  }

  /** Bytes acknowledged whose rows are not in files. */
  get bytesNotInFiles(): number {
    return this.#all().reduce((sum, { name, durablePosition, firstPosition }) => {
      return sum + durablePosition - Math.max(firstPosition, this.#inFiles.get(name) ?? 0);
    }, 0);
  }

  /** All rows below the position are in files: gives up what is not needed, a whole journal where nobody appends to it. */
  async discard(name: string, position: number): Promise<void> {
    if (this.#closed) return;
    this.#inFiles.set(name, position);
    if (name === this.current.name) return this.current.discardBefore(position);
    const left = this.#left.get(name);
    if (left === undefined || position < left.durablePosition) return;
    this.#left.delete(name);
    await left.close();
    await rm(join(this.#directory, name), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const journal of this.#all()) await journal.close();
  }

  #all(): readonly OpenedJournal[] {
    return [...this.#left.values(), this.current];
  }
}
