import { existsSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenedJournal, openJournal } from '@otelier/journal';
import { DAMAGED, type Report, setAsideDamaged } from '../files/damaged.ts';
import { makeDirectory } from '../files/durable.ts';
import type { Positions } from '../protocol.ts';

/** The journals of a store: the current one, and any left by earlier processes. */
export class LiveJournals {
  readonly #options: JournalSetOptions;
  readonly #directory: string;
  #current: OpenedJournal;
  readonly #left: Map<string, OpenedJournal>;
  /** Per journal: all rows below this position are in files. */
  readonly #inFiles = new Map<string, number>();

  readonly #waiting: (() => void)[] = [];
  #closed = false;

  /** Opens all journals in `journal/`, or creates one if there are none. */
  static async open(options: JournalSetOptions): Promise<LiveJournals> {
    const directory = join(options.directory, 'journal');
    if (existsSync(directory) && !statSync(directory).isDirectory()) {
      setAsideDamaged(options.directory, directory, 'expected a directory, found a file', RECORDS_LOST, options.report);
    }
    makeDirectory(directory);
    const names = readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
    if (names.length === 0) names.push(newName([], {}));
    const journals: OpenedJournal[] = [];
    try {
      for (const name of names.sort()) journals.push(await openOne(options, join(directory, name)));
    } catch (error) {
      for (const journal of journals) await journal.close();
      throw error;
    }
    return new LiveJournals(directory, options, journals);
  }

  private constructor(directory: string, options: JournalSetOptions, journals: readonly OpenedJournal[]) {
    const current = journals.at(-1);
    if (current === undefined) throw new Error('a store has a journal');
    this.#directory = directory;
    this.#options = options;
    this.#current = current;
    this.#left = new Map(journals.slice(0, -1).map((journal) => [journal.name, journal]));
  }

  /** The journal to which new records are appended. */
  get current(): OpenedJournal {
    return this.#current;
  }

  /**
   * Creates a new journal if the current one ends below a position that files refer to. Its later records were lost or
   * were copied before the files, and new records at their positions would be skipped as already written.
   */
  async leaveIfBehind(stated: Positions): Promise<void> {
    const old = this.#current;
    const position = stated[old.name] ?? 0;
    if (old.durablePosition >= position) return;
    const name = newName([...this.#left.keys(), old.name], stated);
    this.#current = await openOne(this.#options, join(this.#directory, name));
    this.#left.set(old.name, old);
    this.#options.report(
      `journal ${old.name}: ends at position ${old.durablePosition}, but files of data/ hold records up to position ` +
        `${position}: it was damaged, or copied before data/; no rows in files are lost, and journal ${name} continues`,
    );
  }

  /** Appends to a new journal from now on. Returns the names of the others, which `whenGone` waits for. */
  async renew(): Promise<readonly string[]> {
    const old = this.#current;
    const names = [...this.#left.keys(), old.name];
    this.#current = await openOne(this.#options, join(this.#directory, newName(names, {})));
    this.#left.set(old.name, old);
    // Waits for appends that began before, so that the journal ends at its durable position.
    await old.close();
    return names;
  }

  /** Resolves when journals no longer exist, because all of their rows are in files. */
  async whenGone(names: readonly string[]): Promise<void> {
    while (names.some((name) => existsSync(join(this.#directory, name)))) {
      if (this.#closed) throw new Error('the store was closed before its journals were removed');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  get durable(): Positions {
    return Object.fromEntries(this.#all().map((journal) => [journal.name, journal.durablePosition]));
  }

  /** Positions of the oldest record in each journal. */
  get first(): Positions {
    return Object.fromEntries(this.#all().map((journal) => [journal.name, journal.firstPosition]));
  }

  get cutBytes(): number {
    return this.#all().reduce((sum, journal) => sum + journal.recoveredCutBytes, 0);
  }

  /** Size of acknowledged records whose rows are not yet in files, in bytes. */
  get bytesNotInFiles(): number {
    return this.#all().reduce((sum, { name, durablePosition, firstPosition }) => {
      return sum + durablePosition - Math.max(firstPosition, this.#inFiles.get(name) ?? 0);
    }, 0);
  }

  /** Discards records below `position`, whose rows are in files, and removes old journals that are no longer needed. */
  async discard(name: string, position: number): Promise<void> {
    if (this.#closed) return;
    this.#inFiles.set(name, position);
    if (name === this.current.name) return this.current.discardBefore(position);
    const left = this.#left.get(name);
    if (left === undefined || position < left.durablePosition) return;
    this.#left.delete(name);
    await left.close();
    await rm(join(this.#directory, name), { recursive: true, force: true });
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
    for (const journal of this.#all()) await journal.close();
  }

  #all(): readonly OpenedJournal[] {
    return [...this.#left.values(), this.current];
  }
}

/** Options for `LiveJournals`. */
export interface JournalSetOptions {
  /** The store's directory. */
  readonly directory: string;
  readonly segmentBytes: number | undefined;
  readonly report: Report;
}

const RECORDS_LOST = 'records that were not in files are lost';

async function openOne({ directory, segmentBytes, report }: JournalSetOptions, path: string): Promise<OpenedJournal> {
  const journal = await openJournal({
    directory: path,
    damagedDirectory: join(directory, DAMAGED),
    direct: true,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
  for (const message of journal.recoveredDamage) report(message);
  return journal;
}

/**
 * Returns a new name that sorts after all others, because journals are read in name order. It must be unused, because
 * files refer to journals by name.
 */
function newName(names: readonly string[], stated: Positions): string {
  const newest = [...names, ...Object.keys(stated)].sort().at(-1) ?? '';
  const name = `j${Date.now().toString(36)}`;
  return name > newest ? name : `${newest}0`;
}
