import type { Outcome, Signal } from '@otelier/otlp';

/**
 * Telemetry of one signal that is ready to be sent. The concatenated parts form a single export request. The parts of
 * queued requests are immutable.
 */
export interface Request {
  readonly signal: Signal;
  readonly parts: readonly Uint8Array[];
  /** Number of spans, log records or data points. */
  readonly itemCount: number;
  /** Total size of the parts, in bytes. */
  readonly sizeBytes: number;
}

/** Why telemetry was lost. */
export type DropReason =
  /** The queue or the buffer was full. */
  | 'queue_full'
  /** The server rejected the items. */
  | 'refused'
  /** The server was unreachable until retries were exhausted. */
  | 'retries_exhausted'
  /** The items were still queued when the client was shut down. */
  | 'shutdown'
  /** The buffer failed to store the items. */
  | 'buffer_failed'
  /** A processor threw, or encoding failed. */
  | 'processing_failed';

/** Delivery statistics for one signal since the client was created. */
export interface SignalHealth {
  /** Number of items that are queued or in flight. */
  readonly queuedItems: number;
  readonly queuedBytes: number;
  /** Number of items that the server accepted. */
  readonly sentItems: number;
  /** Number of items that the server rejected (partial success). */
  readonly rejectedItems: number;
  /** Number of items lost before the server accepted them, by reason. */
  readonly droppedItems: Readonly<Record<DropReason, number>>;
  /** Number of retries. */
  readonly retries: number;
}

/** A delivery event. Drops with the same reason are aggregated and reported at most once per second. */
export type DeliveryEvent =
  | { readonly kind: 'sent'; readonly signal: Signal; readonly items: number }
  | { readonly kind: 'rejected'; readonly signal: Signal; readonly items: number; readonly reason: string }
  | {
      readonly kind: 'dropped';
      readonly signal: Signal;
      readonly items: number;
      readonly cause: DropReason;
      readonly reason: string;
    }
  | { readonly kind: 'retrying'; readonly signal: Signal; readonly waitMillis: number; readonly reason: string }
  | {
      readonly kind: 'endpoint_failed';
      readonly endpoint: number;
      readonly pauseMillis: number;
      readonly reason: string;
    }
  | { readonly kind: 'endpoint_recovered'; readonly endpoint: number };

/** The batch options. */
export interface BatchOptions {
  /** Maximum number of items per request, from 1 to 65,536. Default 2,048. */
  readonly maxItems?: number;
  /**
   * Size at which a request is sent, in bytes. Default 1 MiB (browsers: 28 KiB, because of the limit on requests of a
   * closing page).
   */
  readonly maxBytes?: number;
  /** Maximum time that an item waits in a batch. Default 1,000. 0 sends at the end of the current task. */
  readonly maxDelayMillis?: number;
}

/** The queue options. The limits include in-flight requests. */
export interface QueueOptions {
  /** Maximum number of items. Default 16,384. */
  readonly maxItems?: number;
  /** Maximum total size, in bytes. Default 16 MiB. */
  readonly maxBytes?: number;
  /**
   * Which items to drop when the queue is full. `oldest` never drops in-flight items. Default `newest`, which is
   * cheaper.
   */
  readonly dropPolicy?: 'newest' | 'oldest';
  /** Maximum number of concurrent requests. Default 4. Always 1 with a buffer, to preserve order. */
  readonly maxConcurrentRequests?: number;
}

/** When to pause a failing endpoint. */
export interface CircuitBreakerOptions {
  /** Number of consecutive failures after which the endpoint is paused. Default 5. */
  readonly maxFailures?: number;
  /** Duration of the pause, after which a single request is tried. Default 10,000. */
  readonly pauseMillis?: number;
}

/** The result of `flush` or `shutdown`. */
export type FlushResult =
  /** Everything recorded before has been sent or lost. Losses are counted in `health`. */
  | { readonly kind: 'flushed' }
  /** The server is unreachable; the items are in the buffer. */
  | { readonly kind: 'buffered'; readonly items: number }
  /** The timeout expired before all items were sent. */
  | { readonly kind: 'timed_out'; readonly pendingItems: number };

/** The outcome of `send`. */
export type SendOutcome = Exclude<Outcome, { kind: 'retry' }>;
