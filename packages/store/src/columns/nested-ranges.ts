/**
 * Maximum number of nested messages of an item in a text column. With more, the item's wire bytes are kept and the text
 * contains the first ones.
 */
const MAX_SHOWN = 16_384;

/** Ranges of the events, links, quantiles or exemplars of the current item. */
export class NestedRanges {
  /** Start of the field, and start and end of the message, for each visible message. */
  readonly ranges: number[] = [];
  /** Whether there are more than the visible messages; the wire bytes of all were kept then. */
  isCut = false;
  readonly #keep: (from: number, to: number) => void;

  constructor(keep: (from: number, to: number) => void) {
    this.#keep = keep;
  }

  add(start: number, from: number, to: number): void {
    if (this.ranges.length < MAX_SHOWN * 3) {
      this.ranges.push(start, from, to);
      return;
    }
    if (!this.isCut) this.keepAll();
    this.isCut = true;
    this.#keep(start, to);
  }

  /** Keeps the wire bytes of the visible messages. */
  keepAll(): void {
    const { ranges } = this;
    for (let i = 0; i < ranges.length; i += 3) this.#keep(ranges[i], ranges[i + 2]);
  }

  clear(): void {
    this.ranges.length = 0;
    this.isCut = false;
  }
}
