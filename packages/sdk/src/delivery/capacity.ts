import type { Signal } from '@otelier/otlp';
import type { Health } from './health.ts';

/** Limits on queued and in-flight items. */
export interface CapacityLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly dropPolicy: 'newest' | 'oldest';
}

/** The reason why items are rejected after shutdown. */
export const SHUT_DOWN = 'the client has been shut down';

/** Limits the number of items and bytes that are queued or in flight. */
export class Capacity {
  /** Number of queued and in-flight items. */
  items = 0;
  /** Whether new items are rejected. */
  isClosed = false;
  readonly #limits: CapacityLimits;
  readonly #health: Health;
  /** Drops the oldest queued request. Returns `false` if no request may be dropped. */
  readonly #evict: () => boolean;
  #bytes = 0;
  /** Callers waiting for capacity, in FIFO order. */
  readonly #waiting: WaitingCaller[] = [];

  constructor(limits: CapacityLimits, health: Health, evict: () => boolean) {
    this.#limits = limits;
    this.#health = health;
    this.#evict = evict;
  }

  /** Reports whether further items may be encoded. If not, counts them as lost, which is cheap. */
  admit(signal: Signal, items: number): boolean {
    return this.#fits(1, 1) || this.#makeSpace(signal, items, 1);
  }

  /** Reserves capacity. If there is none, counts the items as lost and returns `false`. */
  reserve(signal: Signal, items: number, bytes: number): boolean {
    const isAccepted = this.#fits(items, bytes) || this.#makeSpace(signal, items, bytes);
    if (isAccepted) this.#add(signal, items, bytes);
    return isAccepted;
  }

  /**
   * Reserves capacity once it is available, in call order, and calls `done` with whether it succeeded. It fails if the
   * items can never fit, or after `close`.
   */
  reserveWhenFree(signal: Signal, items: number, bytes: number, done: (isAccepted: boolean) => void): void {
    this.#waiting.push({ signal, items, bytes, done });
    this.#serveWaiting();
  }

  /** Releases capacity. */
  release(signal: Signal, items: number, bytes: number): void {
    this.#add(signal, -items, -bytes);
    this.#serveWaiting();
  }

  /** Rejects new items and all waiting callers. */
  close(): void {
    this.isClosed = true;
    this.#serveWaiting();
  }

  #serveWaiting(): void {
    const { maxItems, maxBytes } = this.#limits;
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      const { signal, items, bytes, done } = first;
      const isAccepted = this.#fits(items, bytes);
      if (!isAccepted && !this.isClosed && items <= maxItems && bytes <= maxBytes) return;
      this.#waiting.shift();
      if (isAccepted) this.#add(signal, items, bytes);
      done(isAccepted);
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

/** A caller waiting for capacity. */
interface WaitingCaller {
  readonly signal: Signal;
  readonly items: number;
  readonly bytes: number;
  readonly done: (isAccepted: boolean) => void;
}
