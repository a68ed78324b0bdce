import { type Range, union, type Windowing } from './windowing.ts';

/** Content associated with a time range. */
export interface Slot<Content> {
  range: Range;
  content: Content;
}

/** The time ranges of a series, in order, with the content of each. */
export class Slots<Content> {
  readonly #windowing: Windowing;
  readonly #merge: (into: Content, from: Content) => void;
  readonly #slots: Slot<Content>[] = [];

  /** `merge` merges the content of one range into that of another when an item joins two sessions. */
  constructor(windowing: Windowing, merge: (into: Content, from: Content) => void) {
    this.#windowing = windowing;
    this.#merge = merge;
  }

  get isEmpty(): boolean {
    return this.#slots.length === 0;
  }

  /** Returns the slot for a range, or `undefined` if there is none. Ranges that belong together are merged. */
  find(range: Range): Slot<Content> | undefined {
    const slots = this.#slots;
    const { joins } = this.#windowing;
    // The last range is the most common one.
    for (let i = slots.length - 1; i >= 0; i--) {
      const slot = slots[i] as Slot<Content>;
      if (!joins(slot.range, range)) continue;
      if (slot.range.startMillis <= range.startMillis && slot.range.endMillis >= range.endMillis) return slot;
      slot.range = union(slot.range, range);
      // The extended range may now reach earlier ones.
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

  /** Removes the slots for which `keep` returns false. */
  filter(keep: (slot: Slot<Content>) => boolean): void {
    let kept = 0;
    for (const slot of this.#slots) if (keep(slot)) this.#slots[kept++] = slot;
    this.#slots.length = kept;
  }

  [Symbol.iterator](): Iterator<Slot<Content>> {
    return this.#slots[Symbol.iterator]();
  }
}
