import type { Signal } from './signals.ts';

/** What is known of a batch besides its telemetry. It survives queues and disk, so it never holds a secret. */
export interface BatchContext {
  /** Whose telemetry this is; `'default'` where nobody said. */
  readonly tenant: string;
  /** Who sent it, as authentication established; `undefined` without authentication. */
  readonly subject: string | undefined;
  /** The request headers that the receiver was told to keep (`include_metadata`), lower-cased names. */
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  /** When the (oldest) request arrived, in milliseconds since the epoch. */
  readonly arrivalMillis: number;
}

/**
 * Telemetry of one signal on its way. A batch and the bytes of its parts are immutable from the door on: fan-out
 * shares them, merging appends parts, and nobody clones or writes into them.
 */
export interface Batch {
  readonly signal: Signal;
  /**
   * Byte arrays, each a valid and canonical export request. For signals that are `mergeable`, their concatenation is
   * one too. Each owns exactly its memory: a slice of a pooled buffer would keep the pool alive outside the budget.
   */
  readonly parts: readonly Uint8Array[];
  /** Number of spans, log records, data points or profiles in all parts. */
  readonly itemCount: number;
  /** Total length of the parts in bytes. */
  readonly sizeBytes: number;
  readonly context: BatchContext;
}

/** The context of telemetry that nobody in particular sent, such as the program's own. */
export function localContext(arrivalMillis: number): BatchContext {
  return { tenant: DEFAULT_TENANT, subject: undefined, metadata: {}, arrivalMillis };
}

/** The tenant of telemetry for which nobody named one. */
export const DEFAULT_TENANT = 'default';
