import { type Attempts, MAX_ATTEMPTS } from '../attempts.ts';
import type { Pending } from '../pending.ts';
import type { BatchRecord, ReadRecord } from './record.ts';

/** Number of wire bytes of small parts between two memory checks. */
const BYTES_BETWEEN_CHECKS = 1 << 20;
const LARGE_PART_BYTES = 4 << 20;

/**
 * Feeds a journal record to the pending rows of its tenant and signal in pieces, so that no record makes columns exceed
 * their memory limit: full columns are written to a file first. The file's footer records how many of the record's rows
 * it includes, so that a restart adds only the rest.
 */
export class RecordFeed {
  readonly record: ReadRecord;
  readonly pending: Pending;
  readonly #batch: BatchRecord;
  readonly #arrivedAt: number;
  readonly #attempts: Attempts;
  readonly #reject: (cause: unknown) => void;
  #part = 0;
  /** Number of items of the current part that have been skipped or added. */
  #taken = 0;
  /** Number of leading items of the current part that are already in files. */
  #skip: number;
  /** Number of rows of the record that have been skipped or added. */
  #rows: number;
  #bytesSinceCheck = 0;

  /** Creates a feed. `arrivedAt` is a monotonic time. `reject` is called for each unreadable part. */
  constructor(
    record: ReadRecord,
    pending: Pending,
    batch: BatchRecord,
    arrivedAt: number,
    attempts: Attempts,
    reject: (cause: unknown) => void,
  ) {
    this.record = record;
    this.pending = pending;
    this.#batch = batch;
    this.#arrivedAt = arrivedAt;
    this.#attempts = attempts;
    this.#reject = reject;
    const partial = pending.partial[record.journal];
    this.#skip = partial?.end === record.endPosition ? partial.rows : 0;
    this.#rows = this.#skip;
  }

  /**
   * Adds all remaining items, calling `write` to write the pending rows to a file when they use `maxBytes`. If that
   * fails, it resolves to `false`, and a later call continues.
   */
  async run(maxBytes: number, write: () => Promise<boolean>): Promise<boolean> {
    if (!this.#attempts.begin(this.record, this.#batch, this.#rows)) {
      this.#reject(new Error(`storing it ended the store thread or the process ${MAX_ATTEMPTS} times`));
      return true;
    }
    const { parts } = this.#batch;
    while (this.#part < parts.length) {
      if (this.#feedPart(parts[this.#part] as Uint8Array, maxBytes)) continue;
      if (!(await write())) {
        this.#attempts.end();
        return false;
      }
      this.#attempts.begin(this.record, this.#batch, this.#rows);
    }
    this.#attempts.end();
    const { [this.record.journal]: _, ...partial } = this.pending.partial;
    this.pending.partial = partial;
    return true;
  }

  /** Adds the items of a part. Returns `false` if the pending rows are full. */
  #feedPart(part: Uint8Array, maxBytes: number): boolean {
    const { pending } = this;
    // A large part may be a single item, and is not added to rows that are already full.
    const isLarge = part.length >= LARGE_PART_BYTES;
    if (isLarge || this.#bytesSinceCheck >= BYTES_BETWEEN_CHECKS) {
      this.#bytesSinceCheck = 0;
      if (pending.openRows > 0 && pending.openBytes + (isLarge ? part.length : 0) >= maxBytes) return false;
    }
    const before = pending.openRows;
    try {
      const skip = Math.max(this.#skip, this.#taken);
      const { items, complete } = pending.append(part, this.#batch, { skip, maxBytes });
      this.#count(pending.openRows - before);
      this.#taken = items;
      if (!complete) return false;
      this.#skip = Math.max(0, this.#skip - items);
    } catch (error) {
      this.#reject(error);
    }
    this.#bytesSinceCheck += part.length;
    this.#taken = 0;
    this.#part += 1;
    return true;
  }

  #count(rows: number): void {
    if (rows === 0) return;
    this.#rows += rows;
    const { pending } = this;
    const { journal, startPosition, endPosition } = this.record;
    pending.cameFrom(journal, startPosition, this.#arrivedAt);
    pending.partial = { ...pending.partial, [journal]: { end: endPosition, rows: this.#rows } };
  }
}
