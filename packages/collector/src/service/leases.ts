import type { Lease, Shared } from '../component/host.ts';

/** Resources that components share by key. A resource stays open as long as it has leases. */
export class LeasedResources {
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Map<string, Promise<void>>();

  async share<T extends Shared>(key: string, open: () => Promise<T>): Promise<Lease<T>> {
    const entry = this.#entries.get(key) ?? this.#open(key, open);
    entry.leases += 1;
    // Components that use the same key agree on its type.
    const value = (await entry.value) as T;
    let isHeld = true;
    return {
      value,
      release: async () => {
        if (!isHeld) return;
        isHeld = false;
        await this.#release(key, entry);
      },
    };
  }

  #open(key: string, open: () => Promise<Shared>): Entry {
    // A closing resource may hold a lock, so it is reopened only once it has closed.
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
      if (this.#closing.get(key) === settled) this.#closing.delete(key);
    };
    const settled: Promise<void> = closing.then(forget, forget);
    this.#closing.set(key, settled);
    await closing;
  }
}

interface Entry {
  readonly value: Promise<Shared>;
  leases: number;
}
