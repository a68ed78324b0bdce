import type { Outcome } from '@otelier/otlp';
import type { Admission, IncomingRequests } from '@otelier/transport';

/** The outcome of a rejected batch. `retry` asks the sender to resend it. */
export type Rejection = Extract<Outcome, { kind: 'retry' | 'refused' }>;

/**
 * The process-wide memory budget for in-flight telemetry: requests being read and decoded, queued batches, and batches
 * being built. A component holds an `Admission` for the telemetry that it retains. Once the budget is exhausted,
 * requests are rejected with `retry` before they are decoded.
 */
export interface Admissions {
  /** Number of bytes in use, including overhead. */
  readonly inFlightBytes: number;
  readonly limitBytes: number;
  /** Number of rejections by `admit` and `grow`. */
  readonly refusedRequests: number;
  /** Requests whose bodies are still being read; they share the budget. */
  readonly incoming: IncomingRequests;
  /**
   * Reserves memory for `sizeBytes` in `parts` byte arrays. Returns `retry` while the budget is exhausted, and `refused` if
   * the request can never fit.
   */
  admit(sizeBytes: number, parts?: number): Admission | Rejection;
  /**
   * Reserves the memory that items and their containers (resources, scopes, metrics) need beyond the `sizeBytes`
   * already admitted for their request. Returns `undefined` if they need none, and rejects as `admit` does.
   */
  admitItems(itemCount: number, sizeBytes: number, containerCount?: number): Admission | Rejection | undefined;
}

/**
 * The process-wide memory budget. `receivers` may use three quarters of it, because a batch is counted twice while it
 * passes from one component to the next. Without this reserve, a full budget could never drain.
 */
export interface MemoryBudget extends Admissions {
  readonly receivers: Admissions;
}
