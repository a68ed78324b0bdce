import { FairQueue } from '../sql/process/fair-queue.ts';

/** Limits the number of concurrent tasks. Clients with further tasks take turns. */
export class Slots {
  #free: number;
  readonly #waiting = new FairQueue<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(work: () => Promise<T>, client = ''): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(client, resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.take(() => true);
      if (next === undefined) this.#free += 1;
      else next.item();
    }
  }
}
