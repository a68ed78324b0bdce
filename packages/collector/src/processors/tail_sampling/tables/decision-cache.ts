import { IdTable } from './id-table.ts';
import { grown, Lists } from './lists.ts';

/** An LRU cache of decisions about traces. */
export class DecisionCache {
  readonly #maxSize: number;
  readonly #table: IdTable;
  readonly #order = new Lists(1);
  /** The policy of each decision, or -1. */
  #policies: Int32Array<ArrayBuffer>;

  constructor(maxSize: number, random: () => number) {
    this.#maxSize = maxSize;
    this.#table = new IdTable(random);
    this.#order.grow(this.#table.capacity);
    this.#policies = new Int32Array(this.#table.capacity);
  }

  /** Memory usage of the cache, in bytes. */
  get sizeBytes(): number {
    return this.#table.sizeBytes + 12 * this.#table.capacity;
  }

  /**
   * Returns the policy that made the decision for a trace, -1 if there was none, or `undefined` if the decision is not
   * cached.
   */
  get(id0: number, id1: number, id2: number, id3: number, tenant: number): number | undefined {
    const index = this.#table.find(id0, id1, id2, id3, tenant);
    if (index < 0) return undefined;
    this.#order.remove(0, index);
    this.#order.push(0, index);
    return this.#policies[index];
  }

  /** Adds the tenants of the entries to a set. */
  collectTenants(tenants: Set<number>): void {
    this.#table.collectTenants(tenants);
  }

  /** Stores a decision. */
  put(id0: number, id1: number, id2: number, id3: number, tenant: number, policy: number): void {
    let index = this.#table.find(id0, id1, id2, id3, tenant);
    if (index >= 0) {
      this.#order.remove(0, index);
    } else {
      if (this.#table.count >= this.#maxSize) this.#table.remove(this.#order.shift(0));
      index = this.#table.insert(id0, id1, id2, id3, tenant);
      if (this.#policies.length < this.#table.capacity) {
        this.#order.grow(this.#table.capacity);
        this.#policies = grown(this.#policies, this.#table.capacity);
      }
    }
    this.#policies[index] = policy;
    this.#order.push(0, index);
  }
}
