import type { Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport/portable';
import type { DeliveryEvent, DropReason, SignalHealth } from './contract.ts';

/** Mutable statistics of one signal. */
export interface Counts {
  queuedItems: number;
  queuedBytes: number;
  sentItems: number;
  rejectedItems: number;
  readonly droppedItems: Record<DropReason, number>;
  retries: number;
}

/** A function that receives delivery events. It must not throw. */
export type DeliveryListener = (event: DeliveryEvent) => void;

/** Counts items, notifies listeners, and logs at most one line per minute. */
export class Health {
  readonly #counts = new Map<Signal, Counts>();
  readonly #listeners = new Set<DeliveryListener>();
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  #lastLogMillis = Number.NEGATIVE_INFINITY;
  /** Losses that have not been reported to listeners yet. */
  readonly #unreported = new Map<string, Extract<DeliveryEvent, { kind: 'dropped' }>>();
  /** Number of items lost since a line was last logged. */
  #unlogged = 0;

  constructor(clock: Clock, log: (line: string) => void) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Adds a listener. Returns a function that removes it. */
  subscribe(listener: DeliveryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Returns the live statistics of a signal. */
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

  /** Returns a copy of the statistics. */
  snapshot(): Partial<Readonly<Record<Signal, SignalHealth>>> {
    return structuredClone(Object.fromEntries(this.#counts));
  }

  /** Notifies all listeners. A listener that throws must not affect the application or other listeners. */
  emit(event: DeliveryEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.warn(`listener threw: ${String(error)}`);
      }
    }
  }

  /** Counts items that the server rejected. */
  rejected(signal: Signal, items: number, reason: string): void {
    this.of(signal).rejectedItems += items;
    this.emit({ kind: 'rejected', signal, items, reason });
    this.warn(`server rejected ${items} items of ${signal}: ${reason}`);
  }

  /** Counts lost items. May be called for every item. */
  dropped(signal: Signal, items: number, cause: DropReason, reason: string): void {
    this.of(signal).droppedItems[cause] += items;
    this.#unlogged += items;
    if (this.#unreported.size === 0) this.#clock.setTimeout(() => this.reportLosses(), REPORT_INTERVAL_MILLIS);
    const key = signal + cause;
    const unreported = this.#unreported.get(key)?.items ?? 0;
    this.#unreported.set(key, { kind: 'dropped', signal, cause, reason, items: items + unreported });
  }

  /** Reports accumulated losses. */
  reportLosses(): void {
    // Losses caused by listeners are reported next time, so that a listener that records telemetry does not cause a
    // loop.
    const unreported = [...this.#unreported.values()];
    this.#unreported.clear();
    for (const event of unreported) {
      this.emit(event);
      const isLogged = this.warn(`lost ${this.#unlogged} items since the last report: ${event.reason}`);
      if (isLogged) this.#unlogged = 0;
    }
  }

  /** Logs a line unless one was logged within the last minute. Returns whether it was logged. */
  warn(line: string): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#lastLogMillis < LOG_INTERVAL_MILLIS) return false;
    this.#lastLogMillis = now;
    try {
      this.#log(`otelier: ${line}`);
    } catch {
      // The custom log function failed, and there is nowhere else to report it.
    }
    return true;
  }
}

const REPORT_INTERVAL_MILLIS = 1_000;
const LOG_INTERVAL_MILLIS = 60_000;
