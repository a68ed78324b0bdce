import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadingMark } from './journals/reading-mark.ts';
import type { BatchRecord, ReadRecord } from './journals/record.ts';

/**
 * Minimum size of records that are marked individually each time they are stored, in bytes. Smaller ones take
 * milliseconds and little memory; they are marked together (`ReadingMark`), and individually only after one of them has
 * crashed the thread.
 */
const MARKED_BYTES = 4 << 20;
const MARKED_ITEMS = 100_000;
/**
 * Number of attempts that may crash the thread or the process without writing another row to a file. After that, the
 * record is set aside.
 */
export const MAX_ATTEMPTS = 2;

/** Number of unfinished attempts, by record and position within it. */
type Counts = Record<string, number>;

/**
 * Counts attempts to store a record that crash the store thread or the process, usually by running out of memory. The
 * record is in the journal, so every restart would try again and fail the same way. `storing.json` contains the attempt
 * in progress; an attempt found at startup has failed.
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

  /**
   * Starts an attempt to store a record of which `rows` rows are already in files. Returns `false` if it has failed too
   * often.
   */
  begin({ journal, endPosition, bytes }: ReadRecord, { itemCount }: BatchRecord, rows: number): boolean {
    const key = `${journal}@${endPosition}+${rows}`;
    const failed = this.#counts[key] ?? 0;
    if (failed >= MAX_ATTEMPTS) return false;
    const isSmall = bytes.length < MARKED_BYTES && itemCount < MARKED_ITEMS;
    if (isSmall && !this.#reading.isSuspect(journal, endPosition)) return true;
    this.#running = key;
    // Attempts at an earlier position made progress: they wrote rows to files.
    const others = Object.entries(this.#counts).filter(([other]) => !other.startsWith(`${journal}@${endPosition}+`));
    this.#counts = { ...Object.fromEntries(others), [key]: failed + 1 };
    this.#write();
    return true;
  }

  /** Ends the attempt because it finished or the thread is stopping. */
  end(): void {
    if (this.#running === undefined) return;
    const { [this.#running]: _, ...others } = this.#counts;
    this.#counts = others;
    this.#running = undefined;
    this.#write();
  }

  /** Writes the file without fsync: it must survive a crash of the process, not of the machine, and must be cheap. */
  #write(): void {
    try {
      const file = openSync(this.#path, 'w');
      writeSync(file, `${JSON.stringify(this.#counts)}\n`);
      closeSync(file);
    } catch {
      // On a full disk, attempts cannot be counted, but no record can be stored either.
    }
  }
}

/** Reads the counts. An unreadable file means that a process died while writing it, and yields no counts. */
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
