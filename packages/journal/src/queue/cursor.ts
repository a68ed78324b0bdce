import type { QueueSize } from './contract.ts';
import { sum } from './queue-record.ts';

/** Records that were acknowledged before older ones: from one position to another. */
export interface AcknowledgedRange {
  readonly start: number;
  readonly end: number;
  readonly size: QueueSize;
  /** The sums over all records up to `end`; `undefined` if damage hides them. */
  readonly after: QueueSize | undefined;
}

/** What a cursor file stores. */
export interface CursorState {
  /** All records before it are acknowledged. */
  readonly position: number;
  /** The sums over all records before `position`. */
  readonly before: QueueSize;
  /** Acknowledged records after `position`, in ascending order. */
  readonly ranges: readonly AcknowledgedRange[];
}

/**
 * The acknowledged records of a queue. Consumers that send at the same time finish out of order. The number of ranges is
 * at most the number of records that are taken and not acknowledged.
 */
export class Cursor {
  #position: number;
  #before: QueueSize;
  #ranges: AcknowledgedRange[];

  constructor({ position, before, ranges }: CursorState) {
    this.#position = position;
    this.#before = before;
    this.#ranges = [...ranges];
    this.#advance();
  }

  get state(): CursorState {
    return { position: this.#position, before: this.#before, ranges: this.#ranges };
  }

  get position(): number {
    return this.#position;
  }

  /** Returns the range that begins at a position, whose records are not delivered again. */
  rangeAt(position: number): AcknowledgedRange | undefined {
    const range = this.#ranges[this.#indexAfter(position) - 1];
    return range !== undefined && range.end > position ? range : undefined;
  }

  /** Whether the record at a position is acknowledged. */
  isAcknowledged(position: number): boolean {
    return position < this.#position || this.rangeAt(position) !== undefined;
  }

  /** Adds acknowledged records. */
  add(range: AcknowledgedRange): void {
    let index = this.#indexAfter(range.start);
    let merged = range;
    const previous = this.#ranges[index - 1];
    if (previous?.end === range.start) {
      merged = { ...range, start: previous.start, size: sum(previous.size, range.size) };
      index -= 1;
      this.#ranges.splice(index, 1);
    }
    const next = this.#ranges[index];
    if (next?.start === merged.end) {
      merged = { ...next, start: merged.start, size: sum(merged.size, next.size) };
      this.#ranges.splice(index, 1);
    }
    this.#ranges.splice(index, 0, merged);
    this.#advance();
  }

  #advance(): void {
    for (let first = this.#ranges[0]; first !== undefined && first.start <= this.#position; first = this.#ranges[0]) {
      this.#ranges.shift();
      if (first.end <= this.#position) continue;
      this.#position = first.end;
      this.#before = first.after ?? sum(this.#before, first.size);
    }
  }

  /** Returns the index of the first range that begins after a position. */
  #indexAfter(position: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle]?.start ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
