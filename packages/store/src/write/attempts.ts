import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadingMark } from './journals/reading-mark.ts';
import type { BatchRecord, ReadRecord } from './journals/record.ts';

/**
 * Minimum size of records that are marked each time while they are stored, in bytes. Smaller ones take milliseconds and
 * little memory; they are marked together (`ReadingMark`), and each by itself once one of them has ended the thread.
 */
const MARKED_BYTES = 4 << 20;
const MARKED_ITEMS = 100_000;
/**
 * Number of attempts that may end the thread or the process without another row in a file, before the record is set
 * aside.
 */
export const MAX_ATTEMPTS = 2;

/** Number of unfinished attempts by record and position in it. */
type Counts = Record<string, number>;

/**
 * Counts attempts to store a record that end the store thread or the process, usually by running out of memory. The
 * record is in the journal, so every start would try again and fail the same way. `storing.json` contains the running
 * attempt; one found at startup has failed.
 */
export class Attempts {
  readonly #path: string;
  readonly #reading: ReadingMark;
  #counts: Counts;
  #running: string | undefined;

  constructor(directory: string, reading: ReadingMark) {
    this.#path = join(directory, 'storing.json');
    this.#reading = reading;
    this.#counts = readCounts(this.#path);
  }

  /** Starts an attempt to store a record of which `rows` are in files. Returns `false` when it has failed too often. */
  begin({ journal, endPosition, bytes }: ReadRecord, { itemCount }: BatchRecord, rows: number): boolean {
    const key = `${journal}@${endPosition}+${rows}`;
    const failed = this.#counts[key] ?? 0;
    if (failed >= MAX_ATTEMPTS) return false;
    const isSmall = bytes.length < MARKED_BYTES && itemCount < MARKED_ITEMS;
    if (isSmall && !this.#reading.isSuspect(journal, endPosition)) return true;
    this.#running = key;
    // Attempts at an earlier position did not fail: more rows are in files since.
    const others = Object.entries(this.#counts).filter(([other]) => !other.startsWith(`${journal}@${endPosition}+`));
    this.#counts = { ...Object.fromEntries(others), [key]: failed + 1 };
    this.#write();
    return true;
  }

  /** Marks the attempt as finished, or the thread as stopping. */
  end(): void {
    if (this.#running === undefined) return;
    const { [this.#running]: _, ...others } = this.#counts;
    this.#counts = others;
    this.#running = undefined;
    this.#write();
  }

  /** Writes the file without syncing it: it must survive the process, not the machine, and must be cheap. */
  #write(): void {
    try {
      const file = openSync(this.#path, 'w');
      writeSync(file, `${JSON.stringify(this.#counts)}\n`);
      closeSync(file);
    } catch {
      // On a full disk nothing is counted, and nothing can be stored either.
    }
  }
}

/** Reads the counts. An unreadable file was being written by a process that died: it counts nothing. */
function readCounts(path: string): Counts {
  try {
    const counts: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof counts !== 'object' || counts === null) return {};
    return Object.fromEntries(
      Object.entries(counts).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    );
  } catch {
    return {};
  }
}
