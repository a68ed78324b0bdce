import { type Range, union, type Windowing } from './windowing.ts';

/** Something that is kept for a range of time. */
export interface Slot<Content> {
  range: Range;
  content: Content;
}

/** The ranges of time of one series, in order, with what is kept for each. */
export class Slots<Content> {
  readonly #windowing: Windowing;
  readonly #merge: (into: Content, from: Content) => void;
  readonly #slots: Slot<Content>[] = [];

  /** `merge` adds what is kept for one range to that of another, when an item joins two sessions. */
  constructor(windowing: Windowing, merge: (into: Content, from: Content) => void) {
    this.#windowing = windowing;
    this.#merge = merge;
  }

  get isEmpty(): boolean {
    return this.#slots.length === 0;
  }

  /** Returns the slot of a range, or `undefined` if there is none. Ranges that belong together become one. */
  find(range: Range): Slot<Content> | undefined {
    const slots = this.#slots;
    const { joins } = this.#windowing;
    // The last range is the most frequent.
    for (let i = slots.length - 1; i >= 0; i--) {
      const slot = slots[i] as Slot<Content>;
      if (!joins(slot.range, range)) continue;
      if (slot.range.startMillis <= range.startMillis && slot.range.endMillis >= range.endMillis) return slot;
      slot.range = union(slot.range, range);
      // The range may now reach others before it.
      for (let other = slots[i - 1]; other !== undefined && joins(other.range, slot.range); other = slots[--i - 1]) {
        this.#merge(slot.content, other.content);
        slot.range = union(slot.range, other.range);
        slots.splice(i - 1, 1);
      }
      return slot;
    }
    return undefined;
  }

  /** Adds a slot for a range that `find` did not find. */
  add(range: Range, content: Content): void {
    const after = this.#slots.findLastIndex(({ range: { startMillis } }) => startMillis <= range.startMillis);
    this.#slots.splice(after + 1, 0, { range, content });
  }

  /** Keeps the slots for which `keep` returns true. */
  filter(keep: (slot: Slot<Content>) => boolean): void {
    let kept = 0;
    for (const slot of this.#slots) if (keep(slot)) this.#slots[kept++] = slot;
    this.#slots.length = kept;
  }

  [Symbol.iterator](): Iterator<Slot<Content>> {
    return this.#slots[Symbol.iterator]();
  }
}
