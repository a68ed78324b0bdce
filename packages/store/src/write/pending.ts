import { join } from 'node:path';
import type { Signal } from '@otelier/otlp';
import type { Appended, AppendRange } from '../columns/signal-builder.ts';
import type { Partials } from '../schema.ts';
import { numbered } from './files/file-numbers.ts';
import type { DataFile } from './files/files.ts';
import { encodeFirstRows } from './first-encodings.ts';
import type { BatchRecord } from './journals/record.ts';
import { PendingFile } from './pending-file.ts';
import type { Positions } from './protocol.ts';

/**
 * A tenant and signal's rows that are not yet in a file in `data/`: those that are being written to one, and later ones,
 * which become the next.
 */
export class Pending {
  readonly tenant: string;
  readonly signal: Signal;
  /** Per journal: all rows up to this position are in files. */
  written: Readonly<Record<string, number>>;
  /** Per journal: how much of the current record is in files or pending. */
  partial: Partials;
  #frozen: PendingFile | undefined;
  #open: PendingFile | undefined;
  #generations = 0;

  constructor(tenant: string, signal: Signal, written: Readonly<Record<string, number>>, partial: Partials = {}) {
    this.tenant = tenant;
    this.signal = signal;
    this.written = written;
    this.partial = partial;
  }

  /** The files to which the rows will be written, in order. */
  get files(): readonly PendingFile[] {
    return [this.#frozen, this.#open].flatMap((file) => (file === undefined || file.rows === 0 ? [] : [file]));
  }

  get rows(): number {
    return (this.#frozen?.rows ?? 0) + this.openRows;
  }

  /** Whether some rows are being written to a file, or could not be. */
  get isFrozen(): boolean {
    return this.#frozen !== undefined;
  }

  /** Number of rows of the file to which rows are added. */
  get openRows(): number {
    return this.#open?.rows ?? 0;
  }

  /** Memory used by the rows of the file to which rows are added. */
  get openBytes(): number {
    return this.#open?.builder.byteSize ?? 0;
  }

  /** Memory used by all rows. */
  get byteSize(): number {
    return (this.#frozen?.builder.byteSize ?? 0) + this.openBytes;
  }

  /** Arrival time of the oldest row, on the monotonic clock. */
  get oldestMillis(): number {
    return Math.min(...this.files.map(({ oldestMillis }) => oldestMillis), Number.POSITIVE_INFINITY);
  }

  /** Time of the oldest row. */
  get oldestTime(): bigint | undefined {
    const times = this.files.map(({ builder, rows }) => builder.timeRange(0, rows).min);
    return times.reduce<bigint | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
  }

  /** Adds items from one of a record's parts. Throws without adding anything if the part cannot be read. */
  append(part: Uint8Array, { arrivalMillis }: BatchRecord, range: AppendRange): Appended {
    this.#open ??= new PendingFile(this.tenant, this.signal, this.#generations++);
    const open = this.#open;
    const appended = open.builder.append(part, arrivalMillis, range);
    encodeFirstRows(this.signal, open.rows, (from, to) => open.tryEncode(from, to));
    return appended;
  }

  /** Notes where the rows that were added last come from. `arrivedAt` is on the monotonic clock. */
  cameFrom(journal: string, startPosition: number, arrivedAt: number): void {
    const open = this.#open;
    if (open === undefined) return;
    open.from[journal] ??= startPosition;
    open.oldestMillis = Math.min(open.oldestMillis, arrivedAt);
  }

  /**
   * Returns the rows to write to a file next, to which no more are added. `read` are the positions up to which the journals
   * have been read. Until `remove`, it returns the same ones.
   */
  freeze(read: Positions): PendingFile | undefined {
    if (this.#frozen === undefined && this.openRows > 0) {
      this.#frozen = this.#open;
      this.#open = undefined;
      if (this.#frozen !== undefined) this.#frozen.end = { read, partial: this.partial };
    }
    return this.#frozen;
  }

  /** Removes the frozen rows, which have been written to a file. Returns the snapshots that are no longer needed. */
  remove(): readonly DataFile[] {
    const tails = this.#frozen?.free() ?? [];
    this.#frozen = undefined;
    return tails;
  }

  /** Returns files that contain all rows, in order (see `PendingFile.snapshot`). */
  snapshot(
    nextPath: () => string,
    replaced: (file: DataFile) => void,
    encrypt?: (pieces: readonly Uint8Array[]) => readonly Uint8Array[],
  ): readonly DataFile[] {
    return this.files.flatMap((file) => file.snapshot(nextPath, replaced, encrypt));
  }
}

/**
 * Returns the positions at which reading would start after a crash if the rows of `written` were in a file: the oldest
 * row that would then be pending. `read` are the positions up to which the journals had been read for it.
 */
export function resumeWithout(written: PendingFile, all: Iterable<Pending>, read: Positions): Positions {
  const resume: Record<string, number> = { ...read };
  for (const pending of all) {
    for (const file of pending.files) {
      if (file === written) continue;
      for (const [journal, from] of Object.entries(file.from)) {
        resume[journal] = Math.min(resume[journal] ?? from, from);
      }
    }
  }
  return resume;
}

/** Returns a file's path in the directory of a store. Names sort by write time. */
export function dataPath(directory: string, key: string, writtenMillis: number, number: number): string {
  const day = new Date(writtenMillis).toISOString().slice(0, 10);
  return join(directory, 'data', key, day, `${String(writtenMillis).padStart(13, '0')}-${numbered(number)}`);
}
