import type { HeaderField } from './header-field.ts';
import { ENTRY_OVERHEAD_BYTES } from './static-table.ts';

/**
 * The decoder's dynamic table (RFC 7541, 2.3.2). The newest field has index 0; the oldest are evicted to free space.
 */
export class DynamicTable {
  /** Incremented by every change that may alter the meaning of an index. */
  changes = 0;
  length = 0;
  #sizeBytes = 0;
  #maxBytes: number;
  /** A ring buffer with a slot for every entry that can fit. */
  readonly #ring: HeaderField[] = [];
  readonly #slots: number;
  #next = 0;

  /** `maxBytes` is the initial size and the upper limit for `resize`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#slots = Math.max(1, Math.floor(maxBytes / ENTRY_OVERHEAD_BYTES));
  }

  /** Returns the field at `index`, which is less than `length`. */
  at(index: number): HeaderField {
    return this.#ring[(this.#next - 1 - index + this.#slots) % this.#slots];
  }

  /** Inserts a field. A field larger than the table empties it (RFC 7541, 4.4). */
  insert(field: HeaderField): void {
    this.changes += 1;
    this.#evict(this.#maxBytes - field.sizeBytes);
    if (field.sizeBytes > this.#maxBytes) return;
    this.#ring[this.#next] = field;
    this.#next = (this.#next + 1) % this.#slots;
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
