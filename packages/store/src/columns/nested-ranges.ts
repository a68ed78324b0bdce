/** Nested messages of an item that a text column shows. Of more, the item's wire bytes are kept and the text shows the first. */
const MAX_SHOWN = 16_384;

/** Where the events, links, quantiles or exemplars of the present item lie. */
export class NestedRanges {
  /** Begin of the field, begin and end of the message, of each that is shown. */
  readonly ranges: number[] = [];
  /** Whether there are more than are shown; the wire bytes of all have been kept then. */
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

  /** Keeps the wire bytes of those that are shown. */
  keepAll(): void {
    const { ranges } = this;
    for (let i = 0; i < ranges.length; i += 3) this.#keep(ranges[i] as number, ranges[i + 2] as number);
  }

  clear(): void {
    this.ranges.length = 0;
    this.isCut = false;
  }
}
