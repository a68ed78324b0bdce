import type { HeaderField } from './header-field.ts';
import { ENTRY_OVERHEAD_BYTES } from './static-table.ts';

/** The decoder's dynamic table (RFC 7541, 2.3.2): the newest field has index 0, the oldest leave when room is needed. */
export class DynamicTable {
  /** Rises with everything that may change what an index means. */
  changes = 0;
  length = 0;
  #sizeBytes = 0;
  #maxBytes: number;
  /** A ring with a place for each entry that can fit. */
  readonly #ring: HeaderField[] = [];
  readonly #places: number;
  #next = 0;

  /** `maxBytes` is the most that `resize` can ask for, and the size at first. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#places = Math.max(1, Math.floor(maxBytes / ENTRY_OVERHEAD_BYTES));
  }

  /** The field at `index`, which is less than `length`. */
  at(index: number): HeaderField {
    return this.#ring[(this.#next - 1 - index + this.#places) % this.#places];
  }

  /** A field larger than the table empties it (RFC 7541, 4.4). */
  insert(field: HeaderField): void {
    this.changes += 1;
    this.#evict(this.#maxBytes - field.sizeBytes);
    if (field.sizeBytes > this.#maxBytes) return;
    this.#ring[this.#next] = field;
    this.#next = (this.#next + 1) % this.#places;
    this.#sizeBytes += field.sizeBytes;
    this.length += 1;
  }

  resize(maxBytes: number): void {
    this.changes += 1;
    this.#maxBytes = maxBytes;
    this.#evict(maxBytes);
  }

  #evict(freeBytes: number): void {
    while (this.length > 0 && this.#sizeBytes > freeBytes) {
      this.length -= 1;
      this.#sizeBytes -= this.at(this.length).sizeBytes;
    }
  }
}
