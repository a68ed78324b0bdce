import { type Attempts, MAX_ATTEMPTS } from './attempts.ts';
import type { Pending } from './pending.ts';
import type { BatchRecord, ReadRecord } from './record.ts';

/** Wire bytes of small parts between two checks of the memory that rows take. */
const BYTES_BETWEEN_CHECKS = 1 << 20;
const LARGE_PART_BYTES = 4 << 20;

/**
 * Feeds a journal record to the pending rows of its tenant and signal in pieces, so that no record, whatever it holds,
 * makes columns larger than the memory for them: when they are full, they go to a file first. The file's footer tells
 * how many of the record's rows it has, so that a restart takes the others and no more.
 */
export class RecordFeed {
  readonly record: ReadRecord;
  readonly pending: Pending;
  readonly #batch: BatchRecord;
  readonly #arrivedAt: number;
  readonly #attempts: Attempts;
  readonly #reject: (cause: unknown) => void;
  #part = 0;
  /** Items of the present part that were skipped or taken. */
  #taken = 0;
  /** Items from the present part's beginning that files held before. */
  #skip: number;
  /** Rows of the record that were skipped or taken. */
  #rows: number;
  #bytesSinceCheck = 0;

  /** `arrivedAt` is on the monotonic clock; `reject` is told of each part that cannot be read. */
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
   * Takes all items that have not been taken. `write` puts the pending rows into a file when they hold `maxBytes`. Where
   * it cannot, the answer is `false`, and a later call goes on.
   */
  run(maxBytes: number, write: () => boolean): boolean {
    if (!this.#attempts.begin(this.record, this.#batch, this.#rows)) {
      this.#reject(new Error(`storing it has ended the store thread or the process ${MAX_ATTEMPTS} times`));
      return true;
    }
    const { parts } = this.#batch;
    while (this.#part < parts.length) {
      if (this.#feedPart(parts[this.#part] as Uint8Array, maxBytes)) continue;
      if (!write()) {
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

  /** `false` when the rows are full. */
  #feedPart(part: Uint8Array, maxBytes: number): boolean {
    const { pending } = this;
    // A large part can be one item, and is not taken on top of what is full already.
    const isLarge = part.length >= LARGE_PART_BYTES;
    if (isLarge || this.#bytesSinceCheck >= BYTES_BETWEEN_CHECKS) {
      this.#bytesSinceCheck = 0;
      if (pending.rows > 0 && pending.byteSize + (isLarge ? part.length : 0) >= maxBytes) return false;
    }
    const before = pending.rows;
    try {
      const skip = Math.max(this.#skip, this.#taken);
      const { items, complete } = pending.append(part, this.#batch, { skip, maxBytes });
      this.#count(pending.rows - before);
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
    pending.from[journal] ??= startPosition;
    pending.oldestMillis = Math.min(pending.oldestMillis, this.#arrivedAt);
    pending.partial = { ...pending.partial, [journal]: { end: endPosition, rows: this.#rows } };
  }
}
