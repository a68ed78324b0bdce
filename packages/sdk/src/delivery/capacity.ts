import type { Signal } from '@otelier/otlp';
import type { Health } from './health.ts';

/** How much may wait or be on its way. */
export interface CapacityLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly dropPolicy: 'newest' | 'oldest';
}

/** Why nothing is taken any more. */
export const SHUT_DOWN = 'the client has been shut down';

/** The bound on everything that waits or is on its way, in items and in bytes. */
export class Capacity {
  /** Items that wait or are on their way. */
  items = 0;
  /** Whether nothing more is taken. */
  isClosed = false;
  readonly #limits: CapacityLimits;
  readonly #health: Health;
  /** Drops what has waited longest; `false` when there is nothing that may be dropped. */
  readonly #evict: () => boolean;
  #bytes = 0;
  /** Those who wait for room, in the order of asking. */
  readonly #waiting: Waiting[] = [];

  constructor(limits: CapacityLimits, health: Health, evict: () => boolean) {
    this.#limits = limits;
    this.#health = health;
    this.#evict = evict;
  }

  /** Whether further items may be encoded; counts them as lost if not, which costs next to nothing. */
  admit(signal: Signal, items: number): boolean {
    return this.#fits(1, 1) || this.#makeSpace(signal, items, 1);
  }

  /** Takes room, or counts the items as lost. */
  take(signal: Signal, items: number, bytes: number): boolean {
    const isIn = this.#fits(items, bytes) || this.#makeSpace(signal, items, bytes);
    if (isIn) this.#add(signal, items, bytes);
    return isIn;
  }

  /** Takes room as soon as there is some, in the order of asking: at once if there is and nobody waits. Tells whether it has, or there will be none. */
  takeWhenFree(signal: Signal, items: number, bytes: number, tell: (isIn: boolean) => void): void {
    this.#waiting.push({ signal, items, bytes, tell });
    this.#serve();
  }

  /** Gives room back. */
  release(signal: Signal, items: number, bytes: number): void {
    this.#add(signal, -items, -bytes);
    this.#serve();
  }

  /** Takes nothing more; those who wait are sent away. */
  close(): void {
    this.isClosed = true;
    this.#serve();
  }

  #serve(): void {
    const { maxItems, maxBytes } = this.#limits;
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      const { signal, items, bytes, tell } = first;
      const isIn = this.#fits(items, bytes);
      if (!isIn && !this.isClosed && items <= maxItems && bytes <= maxBytes) return;
      this.#waiting.shift();
      if (isIn) this.#add(signal, items, bytes);
      tell(isIn);
    }
  }

  #fits(items: number, bytes: number): boolean {
    const { maxItems, maxBytes } = this.#limits;
    return !this.isClosed && this.items + items <= maxItems && this.#bytes + bytes <= maxBytes;
  }

  #makeSpace(signal: Signal, items: number, bytes: number): boolean {
    const { maxItems, maxBytes, dropPolicy } = this.#limits;
    if (this.isClosed) this.#health.dropped(signal, items, 'shutdown', SHUT_DOWN);
    else {
      while (dropPolicy === 'oldest' && bytes <= maxBytes && this.#evict()) if (this.#fits(items, bytes)) return true;
      this.#health.dropped(signal, items, 'queue_full', `the queue of ${maxItems} items or ${maxBytes} bytes is full`);
    }
    return false;
  }

  #add(signal: Signal, items: number, bytes: number): void {
    this.items += items;
    this.#bytes += bytes;
    const counts = this.#health.of(signal);
    counts.queuedItems += items;
    counts.queuedBytes += bytes;
  }
}

/** Who waits for room. */
interface Waiting {
  readonly signal: Signal;
  readonly items: number;
  readonly bytes: number;
  readonly tell: (isIn: boolean) => void;
}
