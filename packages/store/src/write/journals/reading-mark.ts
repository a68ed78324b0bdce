import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A range of a journal. */
interface Range {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
}

/** Size of the file, more than any mark needs. */
const FILE_BYTES = 256;

/**
 * Marks the records that are being stored in `reading.json`, so that the next start finds out when one of them ended the
 * thread or the process. One write of a few bytes for megabytes of the journal, not one for each record, and not synced:
 * it must survive the process, not the machine.
 */
export class ReadingMark {
  #file: number | undefined;
  readonly #path: string;
  readonly #suspect: Range | undefined;

  constructor(directory: string) {
    this.#path = join(directory, 'reading.json');
    this.#suspect = readRange(this.#path);
    this.#file = openForWriting(this.#path);
  }

  /** Whether the record at this position was being stored when the last thread ended. */
  isSuspect(journal: string, endPosition: number): boolean {
    const suspect = this.#suspect;
    return suspect?.journal === journal && endPosition > suspect.from && endPosition <= suspect.to;
  }

  /** Marks the records from one position of a journal to another. */
  begin(journal: string, from: number, to: number): void {
    this.#write(JSON.stringify({ journal, from, to } satisfies Range));
  }

  /** Removes the mark. */
  end(): void {
    this.#write('{}');
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    // The system reuses the number for other files.
    this.#file = undefined;
    rmSync(this.#path, { force: true });
  }

  #write(text: string): void {
    try {
      if (this.#file !== undefined) writeSync(this.#file, `${text.padEnd(FILE_BYTES - 1)}\n`, 0);
    } catch {
      // On a full disk nothing is marked, and nothing can be stored either.
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

/** Reads the mark of the last thread. An unreadable file marks nothing. */
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
