import type { Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport/portable';
import type { DeliveryEvent, DropReason, SignalHealth } from './contract.ts';

/** The counts of one signal, as their owner writes them. */
export interface Counts {
  queuedItems: number;
  queuedBytes: number;
  sentItems: number;
  rejectedItems: number;
  readonly droppedItems: Record<DropReason, number>;
  retries: number;
}

/** Told of events; must not throw. */
export type DeliveryListener = (event: DeliveryEvent) => void;

/** Counts, tells observers, and writes one line a minute at most. */
export class Health {
  readonly #counts = new Map<Signal, Counts>();
  readonly #listeners = new Set<DeliveryListener>();
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  #lastLineMillis = Number.NEGATIVE_INFINITY;
  /** Losses that observers have not been told of. */
  readonly #untold = new Map<string, Extract<DeliveryEvent, { kind: 'dropped' }>>();
  /** Losses since the last line. */
  #unwritten = 0;

  constructor(clock: Clock, log: (line: string) => void) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Adds an observer; the result removes it. */
  subscribe(listener: DeliveryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The counts of a signal, kept by reference. */
  of(signal: Signal): Counts {
    let counts = this.#counts.get(signal);
    if (counts === undefined) {
      counts = {
        queuedItems: 0,
        queuedBytes: 0,
        sentItems: 0,
        rejectedItems: 0,
        droppedItems: {
          queue_full: 0,
          refused: 0,
          retries_exhausted: 0,
          shutdown: 0,
          buffer_failed: 0,
          processing_failed: 0,
        },
        retries: 0,
      };
      this.#counts.set(signal, counts);
    }
    return counts;
  }

  /** The counts as they are now. */
  snapshot(): Partial<Readonly<Record<Signal, SignalHealth>>> {
    return structuredClone(Object.fromEntries(this.#counts));
  }

  /** Tells observers. One that throws is not allowed to harm the application or the others. */
  emit(event: DeliveryEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.warn(`an observer threw: ${String(error)}`);
      }
    }
  }

  /** Items that the peer left out. */
  rejected(signal: Signal, items: number, reason: string): void {
    this.of(signal).rejectedItems += items;
    this.emit({ kind: 'rejected', signal, items, reason });
    this.warn(`the peer rejected ${items} items of ${signal}: ${reason}`);
  }

  /** Items that are lost. May be called for every single one. */
  dropped(signal: Signal, items: number, cause: DropReason, reason: string): void {
    this.of(signal).droppedItems[cause] += items;
    this.#unwritten += items;
    if (this.#untold.size === 0) this.#clock.setTimeout(() => this.tell(), TELL_INTERVAL_MILLIS);
    const key = signal + cause;
    const untold = this.#untold.get(key)?.items ?? 0;
    this.#untold.set(key, { kind: 'dropped', signal, cause, reason, items: items + untold });
  }

  /** Tells of the losses that have gathered. */
  tell(): void {
    // What observers lose meanwhile is told of the next time: one that records what it is told must not go in circles.
    const untold = [...this.#untold.values()];
    this.#untold.clear();
    for (const event of untold) {
      this.emit(event);
      const isWritten = this.warn(`lost ${this.#unwritten} items since the last line, latest: ${event.reason}`);
      if (isWritten) this.#unwritten = 0;
    }
  }

  /** Says in the log what is wrong, unless something was said in the last minute; tells whether it has. */
  warn(line: string): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#lastLineMillis < LINE_INTERVAL_MILLIS) return false;
    this.#lastLineMillis = now;
    try {
      this.#log(`otelier: ${line}`);
    } catch {
      // The program's own; there is nobody else to tell.
    }
    return true;
  }
}

const TELL_INTERVAL_MILLIS = 1_000;
const LINE_INTERVAL_MILLIS = 60_000;
