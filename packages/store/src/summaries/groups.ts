/** Numbers combinations of four 32-bit values from 0 in the order in which they are first seen. */
export class Groups {
  count = 0;
  /** Four values per group. */
  keys = new Uint32Array(256);
  #slots = new Uint32Array(256);
  #last = -1;

  /** Returns the number of a combination. */
  find(a: number, b: number, c: number, d: number): number {
    // Adjacent rows often have the same values.
    if (this.#last >= 0 && this.#is(this.#last, a, b, c, d)) return this.#last;
    const mask = this.#slots.length - 1;
    let slot = hash(a, b, c, d) & mask;
    for (let entry = this.#slots[slot] as number; entry !== 0; entry = this.#slots[slot] as number) {
      if (this.#is(entry - 1, a, b, c, d)) {
        this.#last = entry - 1;
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(slot, a, b, c, d);
  }

  #is(group: number, a: number, b: number, c: number, d: number): boolean {
    const { keys } = this;
    const at = group * 4;
    return keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d;
  }

  #add(slot: number, a: number, b: number, c: number, d: number): number {
    const group = this.count++;
    if (this.count * 4 > this.keys.length) {
      const grown = new Uint32Array(this.keys.length * 2);
      grown.set(this.keys);
      this.keys = grown;
    }
    this.keys.set([a, b, c, d], group * 4);
    this.#slots[slot] = group + 1;
    if (this.count * 2 > this.#slots.length) this.#grow();
    this.#last = group;
    return group;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    const { keys } = this;
    for (let group = 0; group < this.count; group++) {
      const at = group * 4;
      let slot =
        hash(keys[at] as number, keys[at + 1] as number, keys[at + 2] as number, keys[at + 3] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = group + 1;
    }
    this.#slots = slots;
  }
}

function hash(a: number, b: number, c: number, d: number): number {
  let mixed = Math.imul(a ^ Math.imul(b, 0x9e3779b1) ^ Math.imul(c, 0x85ebca6b) ^ Math.imul(d, 0xc2b2ae35), 0x27d4eb2f);
  mixed ^= mixed >>> 15;
  return Math.imul(mixed, 0x2c1b3c6d) >>> 7;
}
