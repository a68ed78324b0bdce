import type { Signal } from '@otelier/otlp';
import { choiceOption, integerOption } from '../client/option-error.ts';
import type { QueueOptions } from './contract.ts';
import type { Health } from './health.ts';

/** Somebody who waits for room, and is told whether there is some. */
interface Waiting {
  readonly signal: Signal;
  readonly items: number;
  readonly bytes: number;
  readonly enter: (isIn: boolean) => void;
}

/** The bound on everything that waits or is on its way, in items and in bytes. */
export class Room {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  readonly #dropsOldest: boolean;
  readonly #health: Health;
  /** Drops what has waited longest; `false` when there is nothing that may be dropped. */
  readonly #evict: () => boolean;
  #items = 0;
  #bytes = 0;
  /** Those who wait for room, in order. */
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(options: QueueOptions, health: Health, evict: () => boolean) {
    this.#maxItems = integerOption('queue.maxItems', options.maxItems, 16_384, 1, 2 ** 24);
    this.#maxBytes = integerOption('queue.maxBytes', options.maxBytes, 16 * MIB, 1024, 1024 * MIB);
    this.#dropsOldest = choiceOption('queue.dropPolicy', options.dropPolicy, ['newest', 'oldest']) === 'oldest';
    this.#health = health;
    this.#evict = evict;
  }

  /** The most items that may wait. */
  get maxItems(): number {
    return this.#maxItems;
  }

  /** Items that wait or are on their way. */
  get items(): number {
    return this.#items;
  }

  /** Whether another item may be encoded; counts it as lost if not, which costs next to nothing. */
  admit(signal: Signal): boolean {
    if (!this.#isClosed && this.#items < this.#maxItems && this.#bytes < this.#maxBytes) return true;
    return this.#makeRoom(signal, 1, 1);
  }

  /** Takes room, or counts the items as lost. */
  take(signal: Signal, items: number, bytes: number): boolean {
    if (!this.#fits(items, bytes) && !this.#makeRoom(signal, items, bytes)) return false;
    this.#add(signal, items, bytes);
    return true;
  }

  /** Takes room as soon as there is some; `false` when there will be none. */
  takeWhenFree(signal: Signal, items: number, bytes: number): Promise<boolean> {
    if (this.#isClosed || items > this.#maxItems || bytes > this.#maxBytes) return Promise.resolve(false);
    return new Promise((enter) => {
      this.#waiting.push({ signal, items, bytes, enter });
      this.#letIn();
    });
  }

  /** Gives room back. */
  release(signal: Signal, items: number, bytes: number): void {
    this.#add(signal, -items, -bytes);
    this.#letIn();
  }

  /** Takes nothing more; those who wait are sent away. */
  close(): void {
    this.#isClosed = true;
    for (const { enter } of this.#waiting.splice(0)) enter(false);
  }

  #letIn(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || !this.#fits(first.items, first.bytes)) return;
      this.#waiting.shift();
      this.#add(first.signal, first.items, first.bytes);
      first.enter(true);
    }
  }

  #fits(items: number, bytes: number): boolean {
    return !this.#isClosed && this.#items + items <= this.#maxItems && this.#bytes + bytes <= this.#maxBytes;
  }

  #makeRoom(signal: Signal, items: number, bytes: number): boolean {
    if (this.#isClosed) {
      this.#health.dropped(signal, items, 'shutdown', 'the client has been shut down');
      return false;
    }
    if (this.#dropsOldest && bytes <= this.#maxBytes) {
      while (!this.#fits(items, bytes)) if (!this.#evict()) break;
      if (this.#fits(items, bytes)) return true;
    }
    const limits = `${this.#maxItems} items or ${this.#maxBytes} bytes`;
    this.#health.dropped(signal, items, 'queue_full', `the queue of ${limits} is full`);
    return false;
  }

  #add(signal: Signal, items: number, bytes: number): void {
    this.#items += items;
    this.#bytes += bytes;
    const counts = this.#health.of(signal);
    counts.queuedItems += items;
    counts.queuedBytes += bytes;
  }
}

const MIB = 1024 * 1024;
