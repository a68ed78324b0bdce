import type { VolumeCell } from './encode.ts';
import { Groups } from './groups.ts';

/** Adds up the sizes of items by cell, service, name and level. */
export class VolumeCells {
  readonly #groups = new Groups();
  readonly #items: number[] = [];
  readonly #bytes: number[] = [];

  get count(): number {
    return this.#groups.count;
  }

  add(cell: number, service: number, name: number, level: number, bytes: number): void {
    const group = this.#groups.find(cell, service, name, level);
    this.#items[group] = (this.#items[group] ?? 0) + 1;
    this.#bytes[group] = (this.#bytes[group] ?? 0) + bytes;
  }

  all(): readonly VolumeCell[] {
    const { keys } = this.#groups;
    return this.#items.map((items, group) => ({
      cell: keys[group * 4] ?? 0,
      service: keys[group * 4 + 1] ?? 0,
      name: keys[group * 4 + 2] ?? 0,
      level: keys[group * 4 + 3] ?? 0,
      items,
      bytes: this.#bytes[group] ?? 0,
    }));
  }
}
