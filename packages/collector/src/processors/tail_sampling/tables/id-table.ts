import { grown, Lists } from './lists.ts';

/**
 * A hash table of trace IDs in typed arrays: 16 bytes of ID, the tenant and a slot take about 32 bytes per trace,
 * without any objects. An ID consists of four 32-bit integers. Each entry has an index into arrays owned by the caller,
 * which is reused after the entry is removed.
 */
export class IdTable {
  /** Number of entries. */
  count = 0;
  /** Number of indexes. The caller's arrays need at least this length after each `insert`. */
  capacity: number;
  /** The ID of each entry, as four integers. */
  ids: Int32Array<ArrayBuffer>;
  readonly #seed: number;
  #tenants: Int32Array<ArrayBuffer>;
  /** Entry index plus 1, or 0 for a free slot, by hash. At most half of the slots are in use. */
  #slots: Int32Array<ArrayBuffer>;
  #mask: number;
  /** Unused indexes. */
  readonly #free = new Lists(1);
  #used = 0;

  /** `random` seeds the hash, so that senders cannot choose colliding IDs. */
  constructor(random: () => number, capacity = 256) {
    this.#seed = Math.floor(random() * 2 ** 32) | 0;
    this.capacity = capacity;
    this.ids = new Int32Array(4 * capacity);
    this.#tenants = new Int32Array(capacity);
    this.#slots = new Int32Array(slotsFor(capacity));
    this.#mask = this.#slots.length - 1;
    this.#free.grow(capacity);
  }

  /** Memory usage of the table, in bytes. */
  get sizeBytes(): number {
    return this.capacity * 28 + this.#slots.length * 4;
  }

  /** Returns the index of an ID, or -1 if it is not in the table. */
  find(id0: number, id1: number, id2: number, id3: number, tenant: number): number {
    const { ids } = this;
    const slots = this.#slots;
    let slot = this.#hash(id0, id1, id2, id3, tenant) & this.#mask;
    for (;;) {
      const index = slots[slot] - 1;
      if (index < 0) return -1;
      const at = 4 * index;
      if (
        ids[at + 3] === id3 &&
        ids[at + 2] === id2 &&
        ids[at + 1] === id1 &&
        ids[at] === id0 &&
        this.#tenants[index] === tenant
      )
        return index;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Adds an ID that is not in the table and returns its index. */
  insert(id0: number, id1: number, id2: number, id3: number, tenant: number): number {
    if (this.count === this.capacity) this.#grow();
    const index = this.#free.heads[0] >= 0 ? this.#free.shift(0) : this.#used++;
    const at = 4 * index;
    this.ids[at] = id0;
    this.ids[at + 1] = id1;
    this.ids[at + 2] = id2;
    this.ids[at + 3] = id3;
    this.#tenants[index] = tenant;
    this.count += 1;
    this.#place(index);
    return index;
  }

  /** Removes the entry at an index. */
  remove(index: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = this.#hashOf(index) & mask;
    while (slots[hole] !== index + 1) hole = (hole + 1) & mask;
    // Moves later entries of the run back, so that lookups do not stop at the gap.
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashOf(slots[slot] - 1) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot];
      hole = slot;
    }
    slots[hole] = 0;
    this.count -= 1;
    this.#free.push(0, index);
  }

  tenantOf(index: number): number {
    return this.#tenants[index];
  }

  /** Adds the tenants of the entries to a set. */
  collectTenants(tenants: Set<number>): void {
    for (const entry of this.#slots) if (entry > 0) tenants.add(this.#tenants[entry - 1]);
  }

  #grow(): void {
    this.capacity *= 2;
    this.ids = grown(this.ids, 4 * this.capacity);
    this.#tenants = grown(this.#tenants, this.capacity);
    this.#free.grow(this.capacity);
    this.#slots = new Int32Array(slotsFor(this.capacity));
    this.#mask = this.#slots.length - 1;
    for (let index = 0; index < this.#used; index++) this.#place(index);
  }

  #place(index: number): void {
    let slot = this.#hashOf(index) & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = index + 1;
  }

  #hashOf(index: number): number {
    const at = 4 * index;
    const { ids } = this;
    return this.#hash(ids[at], ids[at + 1], ids[at + 2], ids[at + 3], this.#tenants[index]);
  }

  #hash(id0: number, id1: number, id2: number, id3: number, tenant: number): number {
    let hash = Math.imul(this.#seed ^ id0, 0x9e37_79b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + id1, 0x85eb_ca77);
    hash = Math.imul((hash ^ (hash >>> 13)) + id2, 0xc2b2_ae3d);
    hash = Math.imul((hash ^ (hash >>> 16)) + id3, 0x27d4_eb2f);
    hash = Math.imul((hash ^ (hash >>> 14)) + tenant + this.#seed, 0x1656_67b1);
    return hash ^ (hash >>> 15);
  }
}

function slotsFor(capacity: number): number {
  let slots = 16;
  while (slots < 2 * capacity) slots *= 2;
  return slots;
}
