import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A range of positions in a journal. */
interface Range {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
}

/** Number of bytes of a journal that are marked together. */
const MARKED_BYTES = 4 << 20;
/** Size of the file, which is larger than any mark. */
const FILE_BYTES = 256;

/**
 * Marks the records that are being stored in `reading.json`, so that the next start can tell if one of them crashed the
 * thread or the process. It writes a few bytes once per several megabytes of the journal, not once per record, and
 * without fsync: the mark must survive a crash of the process, not of the machine.
 */
export class ReadingMark {
  #file: number | undefined;
  readonly #path: string;
  readonly #suspect: Range | undefined;
  #marked: Range | undefined;

  constructor(directory: string) {
    this.#path = join(directory, 'reading.json');
    this.#suspect = readRange(this.#path);
    this.#file = openForWriting(this.#path);
  }

  /** Whether the last thread ended while it stored records. */
  get hasSuspects(): boolean {
    return this.#suspect !== undefined;
  }

  /** Reports whether the record at this position was being stored when the last thread ended. */
  isSuspect(journal: string, endPosition: number): boolean {
    const suspect = this.#suspect;
    return suspect?.journal === journal && endPosition > suspect.from && endPosition <= suspect.to;
  }

  /** Marks the records between two positions of a journal, and further ones up to `limit`, which follow soon. */
  begin(journal: string, from: number, to: number, limit: number): void {
    const marked = this.#marked;
    if (marked?.journal === journal && marked.from <= from && to <= marked.to) return;
    this.#marked = { journal, from, to: Math.max(to, Math.min(limit, from + MARKED_BYTES)) };
    this.#write(JSON.stringify(this.#marked));
  }

  /** Removes the mark. */
  end(): void {
    if (this.#marked === undefined) return;
    this.#marked = undefined;
    this.#write('{}');
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    // The system reuses the file descriptor for other files.
    this.#file = undefined;
    rmSync(this.#path, { force: true });
  }

  #write(text: string): void {
    try {
      if (this.#file !== undefined) writeSync(this.#file, `${text.padEnd(FILE_BYTES - 1)}\n`, 0);
    } catch {
      // On a full disk, records cannot be marked, but no record can be stored either.
    }
  }
}

function openForWriting(path: string): number | undefined {
  try {
    return openSync(path, 'w');
  } catch {
    return undefined;
  }
}

/** Reads the mark left by the last thread. An unreadable file marks nothing. */
function readRange(path: string): Range | undefined {
  try {
    const { journal, from, to } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Range>;
    return typeof journal === 'string' && typeof from === 'number' && typeof to === 'number'
      ? { journal, from, to }
      : undefined;
  } catch {
    return undefined;
  }
}
