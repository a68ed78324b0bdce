import type { Signal } from './signals.ts';

/**
 * Metadata of a batch, separate from its telemetry. It is stored in queues and on disk, so it never contains secrets.
 */
export interface BatchContext {
  /** Tenant that owns the telemetry; `'default'` when none was specified. */
  readonly tenant: string;
  /** Authenticated sender; `undefined` without authentication. */
  readonly subject: string | undefined;
  /** Request headers that the receiver is configured to retain (`include_metadata`), with lower-case names. */
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  /** Arrival time of the (oldest) request, in milliseconds since the Unix epoch. */
  readonly arrivalMillis: number;
}

/**
 * Telemetry of one signal in a pipeline. A batch and the bytes of its parts are immutable: fan-out shares them, merging
 * appends parts, and components must not copy or modify them.
 */
export interface Batch {
  readonly signal: Signal;
  /**
   * Byte arrays, each a valid and canonical export request. For `mergeable` signals, their concatenation is also one.
   * Each array owns its memory, which is at most a quarter larger: a slice of a larger buffer would retain all of it
   * outside the memory budget.
   */
  readonly parts: readonly Uint8Array[];
  /** Number of spans, log records, data points or profiles in all parts. */
  readonly itemCount: number;
  /** Total size of the parts, in bytes. */
  readonly sizeBytes: number;
  readonly context: BatchContext;
}

/** Returns the context for telemetry without a sender, such as the program's own. */
export function localContext(arrivalMillis: number): BatchContext {
  return { tenant: DEFAULT_TENANT, subject: undefined, metadata: {}, arrivalMillis };
}

/** The tenant of telemetry that does not specify one. */
export const DEFAULT_TENANT = 'default';
