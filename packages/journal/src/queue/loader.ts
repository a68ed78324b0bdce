import type { JournalReader } from '../contract.ts';
import { JournalCorruptError } from '../errors.ts';
import type { QueueDamage, QueueSize, RecordCounts } from './contract.ts';
import type { AcknowledgedRange, Cursor } from './cursor.ts';
import { afterRecord, difference, EMPTY, readQueueRecord, sum } from './queue-record.ts';

/** A record that was read from disk. */
export interface LoadedRecord {
  readonly position: number;
  readonly endPosition: number;
  readonly counts: RecordCounts;
  /** The sums over all records before it. */
  readonly before: QueueSize;
  readonly isEncrypted: boolean;
  readonly content: Uint8Array;
}

/** What one read returned. */
export interface Loaded {
  readonly records: readonly LoadedRecord[];
  /** Records that will not be read: damaged ones, and ones that were never appended. */
  readonly missing: QueueSize;
  readonly damage: (QueueDamage & { readonly file: string }) | undefined;
  /** The range of the journal that damage takes. */
  readonly skipped: AcknowledgedRange | undefined;
}

/** Reads the records of a queue in order and finds out how many are missing between them. */
export class Loader {
  readonly #reader: JournalReader;
  readonly #cursor: Cursor;
  #position: number;
  /** The sums over all records before `#position`; `undefined` until the first record is read. */
  #before: QueueSize | undefined;
  /** Where damage began, until the next readable record tells what is missing. */
  #damaged: { readonly before: QueueSize | undefined; readonly acknowledged: readonly AcknowledgedRange[] } | undefined;
  /** Appends that failed in this process, by the number of records before them: they are no loss. */
  readonly #failed = new Map<number, RecordCounts>();

  constructor(reader: JournalReader, cursor: Cursor, before: QueueSize | undefined) {
    this.#reader = reader;
    this.#cursor = cursor;
    this.#position = cursor.position;
    this.#before = before;
  }

  /** Position of the next record to read. */
  get position(): number {
    return this.#position;
  }

  /** Skips a record that is in memory. */
  skip(endPosition: number, after: QueueSize | undefined): void {
    this.#position = endPosition;
    this.#before = after;
    if (this.#failed.size > 0) this.#failed.clear();
  }

  /** Records that an append failed, whose sums no record contains. */
  failed(before: QueueSize, counts: RecordCounts): void {
    this.#failed.set(before.records, counts);
  }

  /** Reads a few megabytes up to `limit`. */
  async load(limit: number): Promise<Loaded> {
    if (this.#skipAcknowledged()) return { records: [], missing: EMPTY, damage: undefined, skipped: undefined };
    const start = this.#position;
    try {
      return this.#decode(start, await this.#reader.read(start, limit));
    } catch (error) {
      if (!(error instanceof JournalCorruptError)) throw error;
      const end = Math.min(limit, Math.max(start + 1, error.resumePosition ?? limit));
      this.#position = end;
      this.#damaged ??= { before: this.#before, acknowledged: this.#acknowledgedAfter(start) };
      const skipped = { start, end, size: EMPTY, after: undefined };
      const damage = { message: error.message, lost: { ...EMPTY, bytes: end - start }, file: error.file };
      return { records: [], missing: EMPTY, damage, skipped };
    }
  }

  /** Skips acknowledged records, which may be damaged. */
  #skipAcknowledged(): boolean {
    const { position, before } = this.#cursor.state;
    const range = this.#cursor.rangeAt(this.#position);
    if (this.#position < position) this.skip(position, before);
    else if (range !== undefined) this.skip(range.end, range.after);
    else return false;
    return true;
  }

  #decode(start: number, read: Awaited<ReturnType<JournalReader['read']>>): Loaded {
    let missing = EMPTY;
    let position = start;
    const records: LoadedRecord[] = [];
    for (const { bytes, endPosition } of read) {
      const { before, counts, isEncrypted, content } = readQueueRecord(bytes);
      missing = sum(missing, this.missingUntil(position, before));
      this.#before = afterRecord(before, counts);
      if (!this.#cursor.isAcknowledged(position)) {
        records.push({ position, endPosition, counts, before, isEncrypted, content });
      }
      position = endPosition;
    }
    this.#position = position;
    return { records, missing, damage: undefined, skipped: undefined };
  }

  /** Returns how many records are missing before a position that has these sums before it. */
  missingUntil(position: number, sums: QueueSize): QueueSize {
    const damaged = this.#damaged;
    this.#damaged = undefined;
    const from = damaged === undefined ? this.#before : damaged.before;
    if (from === undefined) return EMPTY;
    const acknowledged = damaged?.acknowledged.filter(({ end }) => end <= position) ?? [];
    const missing = acknowledged.reduce((rest, { size }) => difference(rest, size), difference(sums, from));
    return this.#withoutFailed(missing, from, sums);
  }

  /** Returns the acknowledged records after a position, which damage may hide without a loss. */
  #acknowledgedAfter(position: number): readonly AcknowledgedRange[] {
    const cursor = this.#cursor.state;
    const delivered = { start: 0, end: cursor.position, size: EMPTY, after: cursor.before };
    return [delivered, ...cursor.ranges]
      .filter(({ end }) => end > position)
      .map((range) => {
        if (range.start >= position) return range;
        return { ...range, size: difference(range.after ?? EMPTY, this.#before ?? EMPTY) };
      });
  }

  /** Subtracts the records between two sums that appends of this process did not write. */
  #withoutFailed(missing: QueueSize, from: QueueSize, to: QueueSize): QueueSize {
    let rest = missing;
    for (let records = from.records; records < to.records && this.#failed.size > 0; records++) {
      const counts = this.#failed.get(records);
      if (counts === undefined) continue;
      this.#failed.delete(records);
      rest = difference(rest, { records: 1, ...counts });
    }
    return rest;
  }
}
