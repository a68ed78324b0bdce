import type { Signal } from './signals.ts';

/** Data about a batch besides its telemetry. It survives queues and disk, so it never contains secrets. */
export interface BatchContext {
  /** Tenant that owns the telemetry; `'default'` when none was specified. */
  readonly tenant: string;
  /** Authenticated sender; `undefined` without authentication. */
  readonly subject: string | undefined;
  /** The request headers that the receiver is configured to keep (`include_metadata`), with lowercase names. */
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  /** Arrival time of the (oldest) request, in milliseconds since the epoch. */
  readonly arrivalMillis: number;
}

/**
 * Telemetry of one signal in a pipeline. A batch and the bytes of its parts are immutable: fan-out shares them, merging
 * appends parts, and components must not copy or modify them.
 */
export interface Batch {
  readonly signal: Signal;
  /**
   * Byte arrays, each a valid and canonical export request. For `mergeable` signals, their concatenation is one too.
   * Each array owns exactly its memory: a slice of a pooled buffer would keep the pool alive outside the memory budget.
   */
  readonly parts: readonly Uint8Array[];
  /** Number of spans, log records, data points or profiles in all parts. */
  readonly itemCount: number;
  /** Total size of the parts, in bytes. */
  readonly sizeBytes: number;
  readonly context: BatchContext;
}

/** Returns the context of telemetry without a sender, such as the program's own. */
export function localContext(arrivalMillis: number): BatchContext {
  return { tenant: DEFAULT_TENANT, subject: undefined, metadata: {}, arrivalMillis };
}

/** The tenant of telemetry without a specified tenant. */
export const DEFAULT_TENANT = 'default';
