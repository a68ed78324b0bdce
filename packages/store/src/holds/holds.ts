import { join } from 'node:path';
import { readCheckedJson, writeCheckedJson } from '../write/files/checked-json.ts';
import type { HoldsCapability, LegalHold, ReleasedHold } from './contract.ts';

const NAME = 'holds.json';

/** The legal holds of a store, in a file of its directory. */
export class StoreHolds implements HoldsCapability {
  readonly #path: string;
  readonly #onChange: (holds: readonly LegalHold[]) => Promise<void>;
  #holds: readonly LegalHold[] = [];
  #released: readonly ReleasedHold[] = [];

  /** Reads the file. Throws if it is damaged, because something that is held could be removed otherwise. */
  constructor(directory: string, onChange: (holds: readonly LegalHold[]) => Promise<void>) {
    this.#path = join(directory, NAME);
    this.#onChange = onChange;
    const read = readCheckedJson(this.#path);
    if (read.kind === 'missing') return;
    if (read.kind === 'damaged' || !read.isChecked)
      throw new Error(
        `${this.#path}: expected legal holds, found a damaged file. Restore it, or remove it if there are none.`,
      );
    this.#holds = (read.value['holds'] ?? []) as readonly LegalHold[];
    this.#released = (read.value['released'] ?? []) as readonly ReleasedHold[];
  }

  list(): readonly LegalHold[] {
    return this.#holds;
  }

  released(): readonly ReleasedHold[] {
    return this.#released.toReversed();
  }

  async create(hold: LegalHold): Promise<void> {
    await this.#set([...this.#holds.filter(({ id }) => id !== hold.id), hold], this.#released);
  }

  async release(id: string, by: string, nowMillis: number): Promise<boolean> {
    const hold = this.#holds.find((one) => one.id === id);
    if (hold === undefined) return false;
    const rest = this.#holds.filter((one) => one !== hold);
    // Values may identify a person, who can be erased from now on.
    const attributes = hold.attributes.map(({ key }) => ({ key, value: '' }));
    await this.#set(rest, [...this.#released, { ...hold, attributes, releasedBy: by, releasedMillis: nowMillis }]);
    return true;
  }

  async #set(holds: readonly LegalHold[], released: readonly ReleasedHold[]): Promise<void> {
    writeCheckedJson(this.#path, { holds, released });
    this.#holds = holds;
    this.#released = released;
    await this.#onChange(holds);
  }
}
