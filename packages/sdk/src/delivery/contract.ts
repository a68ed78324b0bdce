import type { Outcome, Signal } from '@otelier/otlp';
import type { Drain, DrainContext } from './drain.ts';

/**
 * Telemetry of one signal that is ready to be sent, its parts one export request after the other joined. Parts that
 * wait are immutable.
 */
export interface Request {
  readonly signal: Signal;
  readonly parts: readonly Uint8Array[];
  /** Number of spans, log records or data points in all parts. */
  readonly itemCount: number;
  /** Total length of the parts in bytes. */
  readonly sizeBytes: number;
}

/**
 * Keeps requests over the time in which nothing can be sent: on disk (Node), in IndexedDB (browsers). What is given to
 * `append` and has resolved is there again when the same buffer is opened after a crash. `Delivery` alone uses it, calls
 * `append` one at a time, and sends in the order of appending.
 */
export interface RequestBuffer {
  /** What is held now. */
  readonly held: { readonly requests: number; readonly items: number; readonly bytes: number };
  /** Keeps a request. `false`: there is no room. Rejects when it could not be kept; nothing of it is then. */
  append(request: Request): Promise<boolean>;
  /** The oldest request that has not been removed; `undefined` when there is none. */
  first(): Promise<Request | undefined>;
  /** Forgets the request that `first` gave last, once the peer has it or never will. */
  removeFirst(): Promise<void>;
  /** Safe twice. What is held stays for the next to open it. */
  close(): Promise<void>;
  /** Begins to send what is held: `drainInOrder(this, context)`. It comes from here so that who has no buffer has no code for one. */
  drain(context: DrainContext): Drain;
}

/** Why telemetry was lost. */
export type DropReason =
  /** The queue, or the buffer, had no room. */
  | 'queue_full'
  /** The peer will not take it. */
  | 'refused'
  /** The peer could not be reached within the budget for retries. */
  | 'retries_exhausted'
  /** It was still waiting when the client had to end. */
  | 'shutdown'
  /** The buffer could not keep it. */
  | 'buffer_failed'
  /** A processor threw, or it could not be encoded. */
  | 'processing_failed';

/** What happens to telemetry of one signal, as counts since the start. */
export interface SignalHealth {
  /** Waiting now, or on their way. */
  readonly queuedItems: number;
  readonly queuedBytes: number;
  /** Taken by the peer. */
  readonly sentItems: number;
  /** Sent, and left out by the peer (partial success). */
  readonly rejectedItems: number;
  /** Lost before the peer had them. */
  readonly droppedItems: Readonly<Record<DropReason, number>>;
  /** Attempts after the first. */
  readonly retries: number;
}

/** What happened to telemetry; for observers. Drops of the same kind come together, at most once a second. */
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

/** How telemetry is gathered into requests. */
export interface BatchOptions {
  /** A request has at most so many items. Default 2,048, 1 to 65,536. */
  readonly maxItems?: number;
  /** A request is closed when it has so many bytes. Default 1 MiB (browsers: 48 KiB, what may be sent while a page closes). */
  readonly maxBytes?: number;
  /** An item waits at most so long for others. Default 1,000; 0 sends at the end of the turn. */
  readonly maxDelayMillis?: number;
}

/** The bound on what waits and is on its way. */
export interface QueueOptions {
  /** Default 16,384. */
  readonly maxItems?: number;
  /** Default 16 MiB. */
  readonly maxBytes?: number;
  /** What is lost beyond the bound; `oldest` spares what is on its way. Default `newest`, which costs nothing. */
  readonly dropPolicy?: 'newest' | 'oldest';
  /** Requests on their way at once. Default 4; 1 with a buffer, which keeps order. */
  readonly maxConcurrentRequests?: number;
}

/** When an endpoint is left alone. */
export interface CircuitBreakerOptions {
  /** After so many failures in a row. Default 5. */
  readonly maxFailures?: number;
  /** For so long; then one request tries. Default 10,000. */
  readonly pauseMillis?: number;
}

/** What became of a `flush` or `shutdown`. */
export type FlushResult =
  /** Nothing that was recorded before waits any more; what was lost of it is in the counters. */
  | { readonly kind: 'flushed' }
  /** It is in the buffer, and the peer cannot be reached. */
  | { readonly kind: 'buffered'; readonly items: number }
  /** The time was over first. */
  | { readonly kind: 'timed_out'; readonly pendingItems: number };

/** What became of an asynchronous `send`. */
export type SendOutcome = Exclude<Outcome, { kind: 'retry' }>;
