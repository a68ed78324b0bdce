import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchRecord, ReadRecord } from './record.ts';

/** Records of this size or more are marked while they are stored: others take milliseconds and no memory worth mentioning. */
const MARKED_BYTES = 4 << 20;
const MARKED_ITEMS = 100_000;
/** A record is set aside after so many attempts have ended the thread or the process without a further row in a file. */
export const MAX_ATTEMPTS = 2;

/** By record and place in it: how many attempts have begun there and not ended. */
type Counts = Record<string, number>;

/**
 * Counts attempts to store a record that end the store thread or the process, out of memory above all. The record is in
 * the journal, so without an end to it every start would try again and die the same way. `storing.json` holds the
 * attempt that is running; one that is found there at the start has failed.
 */
export class Attempts {
  readonly #path: string;
  #counts: Counts;
  #running: string | undefined;

  constructor(directory: string) {
    this.#path = join(directory, 'storing.json');
    this.#counts = readCounts(this.#path);
  }

  /** Begins an attempt to store a record of which `rows` are in files. `false` when it has failed too often. */
  begin({ journal, endPosition, bytes }: ReadRecord, { itemCount }: BatchRecord, rows: number): boolean {
    const key = `${journal}@${endPosition}+${rows}`;
    const failed = this.#counts[key] ?? 0;
    if (failed >= MAX_ATTEMPTS) return false;
    if (bytes.length < MARKED_BYTES && itemCount < MARKED_ITEMS) return true;
    this.#running = key;
    // What was counted at an earlier place in the record was no failure: rows have got into files since.
    const others = Object.entries(this.#counts).filter(([other]) => !other.startsWith(`${journal}@${endPosition}+`));
    this.#counts = { ...Object.fromEntries(others), [key]: failed + 1 };
    this.#write();
    return true;
  }

  /** The attempt has ended, or the thread is being stopped. */
  end(): void {
    if (this.#running === undefined) return;
    const { [this.#running]: _, ...others } = this.#counts;
    this.#counts = others;
    this.#running = undefined;
    this.#write();
  }

  /** Without a sync: it is for the end of the process, not of the machine, and must cost nothing. */
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

/** What cannot be read was not finished by a process that died in between: it counts nothing. */
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
