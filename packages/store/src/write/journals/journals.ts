import { join } from 'node:path';
import { JournalCorruptError, type JournalReader, openJournalReader } from '@otelier/journal';
import { Attempts } from '../attempts.ts';
import type { Report } from '../files/damaged.ts';
import { writeFileDurably } from '../files/durable.ts';
import type { Positions } from '../protocol.ts';
import { ReadingMark } from './reading-mark.ts';
import type { ReadRecord } from './record.ts';

/** A journal that is being read. */
interface Followed {
  readonly name: string;
  /** Position from which this process has appended the records. */
  readonly appendedFrom: number;
  position: number;
  durable: number;
  reader: JournalReader | undefined;
}

/** Reads all journals of a store, each from the first record whose rows are not all in files. */
export class Journals {
  /** Attempts to store the records in progress. */
  readonly attempts: Attempts;
  readonly #directory: string;
  readonly #report: Report;
  readonly #reading: ReadingMark;
  readonly #followed = new Map<string, Followed>();

  /**
   * Creates a reader. `start` is the position at which reading of each journal starts (by default its beginning),
   * `first` the position of its oldest record, and `durable` its end.
   */
  constructor(directory: string, start: Positions, first: Positions, durable: Positions, report: Report) {
    this.#directory = directory;
    this.#report = report;
    this.#reading = new ReadingMark(directory);
    this.attempts = new Attempts(directory, this.#reading);
    for (const name of Object.keys(durable)) {
      const from = start[name] ?? 0;
      const oldest = first[name] ?? 0;
      if (from < oldest) this.#reportLost(name, from, oldest, 'records are missing at its beginning');
      const appendedFrom = durable[name] ?? 0;
      this.#followed.set(name, { name, appendedFrom, position: Math.max(from, oldest), durable: 0, reader: undefined });
    }
    this.advance(durable);
  }

  /** Updates the end positions of the journals. */
  advance(durable: Positions): void {
    for (const [name, position] of Object.entries(durable)) {
      let followed = this.#followed.get(name);
      if (followed === undefined) {
        followed = { name, appendedFrom: 0, position: 0, durable: 0, reader: undefined };
        this.#followed.set(name, followed);
      }
      followed.durable = Math.max(followed.durable, position);
    }
  }

  /** The current read position in each journal. */
  get positions(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#followed.values()].map(({ name, position }) => [name, position]));
  }

  /** Whether a record that was being stored ended the last thread or process. */
  get hasSuspects(): boolean {
    return this.#reading.hasSuspects;
  }

  hasRead(positions: Positions): boolean {
    return Object.entries(positions).every(([name, position]) => (this.#followed.get(name)?.position ?? 0) >= position);
  }

  get hasMore(): boolean {
    return [...this.#followed.values()].some(({ position, durable }) => position < durable);
  }

  /**
   * Returns the next few megabytes of the journal that is furthest behind, or nothing if all are read. Call `readTo` to
   * acknowledge each record, and `pause` when no more of them are stored for now. The records are valid until the next
   * call.
   */
  async next(): Promise<readonly ReadRecord[]> {
    let furthest: Followed | undefined;
    for (const followed of this.#followed.values()) {
      const behind = followed.durable - followed.position;
      if (behind > 0 && behind > (furthest === undefined ? 0 : furthest.durable - furthest.position))
        furthest = followed;
    }
    if (furthest === undefined) return [];
    const { name, appendedFrom, position, durable } = furthest;
    furthest.reader ??= await openJournalReader(join(this.#directory, 'journal', name), {
      reuseBuffer: true,
      blocks: true,
      direct: true,
      trustedFrom: appendedFrom,
    });
    try {
      const records = await furthest.reader.read(position, durable);
      this.#reading.begin(name, position, records.at(-1)?.endPosition ?? position, durable);
      let startPosition = position;
      return records.map((record) => {
        const read = { ...record, journal: name, startPosition };
        startPosition = record.endPosition;
        return read;
      });
    } catch (error) {
      if (!(error instanceof JournalCorruptError)) throw error;
      // Damaged by the disk or another program. Records after the damaged bytes are still readable.
      furthest.position = Math.max(position + 1, error.resumePosition ?? durable);
      this.#reportLost(name, position, furthest.position, error.message);
      return [];
    }
  }

  #reportLost(name: string, from: number, to: number, reason: string): void {
    this.#report(
      `journal ${name}: ${to - from} bytes from position ${from} to ${to} are lost with their records: ${reason}`,
    );
  }

  /** Signals that no record is currently being stored. */
  pause(): void {
    if (!this.hasMore) this.#reading.end();
  }

  /** Marks a record as processed. */
  readTo(journal: string, position: number): void {
    const followed = this.#followed.get(journal);
    if (followed !== undefined) followed.position = position;
  }

  /** Saves a record that cannot be stored, so that nothing acknowledged is lost, and returns the message to report. */
  reject(record: ReadRecord, cause: unknown): string {
    let where = 'it could not be kept';
    try {
      where = `kept in ${this.#keep(record)}`;
    } catch {
      // The message contains the error.
    }
    return `the batch at position ${record.startPosition} of journal ${record.journal} cannot be stored (${where}): ${cause}`;
  }

  #keep({ journal, startPosition, bytes }: ReadRecord): string {
    const path = join(this.#directory, 'rejected', `${journal}-${startPosition}.record`);
    writeFileDurably(path, [bytes]);
    return path;
  }

  async close(): Promise<void> {
    for (const followed of this.#followed.values()) await followed.reader?.close();
    this.#reading.close();
  }
}
