import type { Lease, Shared } from '../component/host.ts';

/** Things that several components share by key; each is open as long as somebody has a lease on it. */
export class SharedThings {
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Map<string, Promise<void>>();

  async share<T extends Shared>(key: string, open: () => Promise<T>): Promise<Lease<T>> {
    const entry = this.#entries.get(key) ?? this.#open(key, open);
    entry.leases += 1;
    // Which type lies under a key is agreed between those who share it.
    const value = (await entry.value) as T;
    let held = true;
    return {
      value,
      release: async () => {
        if (!held) return;
        held = false;
        await this.#release(key, entry);
      },
    };
  }

  #open(key: string, open: () => Promise<Shared>): Entry {
    // One that is being closed must be closed before it is opened again: it may hold a lock.
    const value = (this.#closing.get(key) ?? Promise.resolve()).then(open);
    const entry: Entry = { value, leases: 0 };
    this.#entries.set(key, entry);
    value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry;
  }

  async #release(key: string, entry: Entry): Promise<void> {
    entry.leases -= 1;
    if (entry.leases > 0) return;
    this.#entries.delete(key);
    const closing = entry.value.then((value) => value.close());
    const forget = () => {
      if (this.#closing.get(key) === quiet) this.#closing.delete(key);
    };
    const quiet: Promise<void> = closing.then(forget, forget);
    this.#closing.set(key, quiet);
    await closing;
  }
}

interface Entry {
  readonly value: Promise<Shared>;
  leases: number;
}
