/** A queue that serves clients round-robin, so that a client with many requests delays only itself. */
export class FairQueue<T> {
  readonly #byClient = new Map<string, T[]>();

  count(client: string): number {
    return this.#byClient.get(client)?.length ?? 0;
  }

  get size(): number {
    let size = 0;
    for (const { length } of this.#byClient.values()) size += length;
    return size;
  }

  push(client: string, item: T): void {
    const items = this.#byClient.get(client);
    if (items === undefined) this.#byClient.set(client, [item]);
    else items.push(item);
  }

  /** Takes the oldest item of the first client that `accepts`, and moves that client to the end of the queue. */
  take(accepts: (client: string) => boolean): { readonly client: string; readonly item: T } | undefined {
    for (const [client, items] of this.#byClient) {
      if (!accepts(client)) continue;
      const item = items.shift();
      this.#byClient.delete(client);
      if (items.length > 0) this.#byClient.set(client, items);
      if (item !== undefined) return { client, item };
    }
    return undefined;
  }

  remove(client: string, item: T): void {
    const items = this.#byClient.get(client) ?? [];
    const left = items.filter((other) => other !== item);
    if (left.length > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
  }

  /** Removes and returns all items. */
  clear(): readonly T[] {
    const items = [...this.#byClient.values()].flat();
    this.#byClient.clear();
    return items;
  }
}
