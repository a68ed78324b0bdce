/** Returns the text of an item, which every protocol passes on. */
export const labelOf = (number: number): string => `item-${number}-`;

/** The items that a destination has got. */
export class Arrivals {
  readonly numbers = new Set<number>();
  /** Number of items that arrived again. */
  repeated = 0;

  /** Finds items in what arrived. */
  count(content: Uint8Array | string): void {
    const text =
      typeof content === 'string'
        ? content
        : Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1');
    // A document can name an item more than once.
    const found = new Set([...text.matchAll(/item-(\d+)-/g)].map(([, number]) => Number(number)));
    for (const number of found) {
      if (this.numbers.has(number)) this.repeated += 1;
      this.numbers.add(number);
    }
  }
}
