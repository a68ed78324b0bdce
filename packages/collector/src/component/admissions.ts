import type { Outcome } from '@otelier/otlp';
import type { Admission, IncomingRequests } from '@otelier/transport';

/** An outcome of a batch that was not accepted. `retry` asks the sender to send it again. */
export type Rejection = Extract<Outcome, { kind: 'retry' | 'refused' }>;

/**
 * The memory budget of telemetry in flight in this process: requests being read and decoded, queued batches, and batches
 * being built. Components hold an `Admission` for the telemetry that they keep. Beyond the budget, requests are rejected
 * with `retry` before they are decoded.
 */
export interface Admissions {
  /** Number of bytes in use, overhead included. */
  readonly inFlightBytes: number;
  readonly limitBytes: number;
  /** Number of rejections by `admit` and `grow`. */
  readonly refusedRequests: number;
  /** The requests whose bodies are being read, which share the budget. */
  readonly incoming: IncomingRequests;
  /**
   * Reserves memory for `sizeBytes` in `parts` byte arrays. Returns `retry` while the budget is exhausted, and `refused` if
   * the request can never fit.
   */
  admit(sizeBytes: number, parts?: number): Admission | Rejection;
  /**
   * Reserves the memory that items and the containers around them (resources, scopes, metrics) need beyond the admitted
   * `sizeBytes` of their request; `undefined` if they need no more. Rejects as `admit` does.
   */
  admitItems(itemCount: number, sizeBytes: number, containerCount?: number): Admission | Rejection | undefined;
}

/**
 * The budget of the process. `receivers` is limited to three quarters of it, because a batch is counted twice while one
 * component passes it to the next. Without this reserve, a full budget could never drain.
 */
export interface MemoryBudget extends Admissions {
  readonly receivers: Admissions;
}
