/**
 * Maximum number of an item's nested messages in a JSON column. Beyond it, the JSON contains only the first ones, and
 * all wire bytes are retained.
 */
const MAX_SHOWN = 16_384;

/** The ranges of the current item's events, links, quantiles or exemplars. */
export class NestedRanges {
  /** For each listed message, the start of its field, and the start and end of the message. */
  readonly ranges: number[] = [];
  /** Whether some messages are not listed. The wire bytes of all of them are then retained. */
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

  /** Retains the wire bytes of the listed messages. */
  keepAll(): void {
    const { ranges } = this;
    for (let i = 0; i < ranges.length; i += 3) this.#keep(ranges[i], ranges[i + 2]);
  }

  clear(): void {
    this.ranges.length = 0;
    this.isCut = false;
  }
}
