import type { Outcome } from '@otelier/otlp';
import type { Admission, IncomingRequests } from '@otelier/transport';

/** An outcome of a batch that was not accepted. `retry` asks the sender to send it again. */
export type Rejection = Extract<Outcome, { kind: 'retry' | 'refused' }>;

/**
 * The budget of bytes in flight in this process: requests being read and decoded, batches in queues, batches being
 * put together. Whoever holds telemetry holds an `Admission` for it. Beyond the budget the answer is an honest `retry`
 * at once, before anything is decoded.
 */
export interface Admissions {
  /** Bytes held now, with what it takes to hold them. */
  readonly inFlightBytes: number;
  readonly limitBytes: number;
  /** How often `admit` or `grow` said no. */
  readonly refusedRequests: number;
  /** The requests whose bodies are still arriving, which share the budget. */
  readonly incoming: IncomingRequests;
  /**
   * Reserves memory for `sizeBytes` in so many byte arrays, or says why not: `retry` when others hold too much, `refused`
   * when it can never fit.
   */
  admit(sizeBytes: number, parts?: number): Admission | Rejection;
  /**
   * Reserves what a request's items cost beyond its `sizeBytes`, which are admitted already; `undefined` when they cost
   * no more. Refuses as `admit` does.
   */
  admitItems(itemCount: number, sizeBytes: number): Admission | Rejection | undefined;
}

/**
 * The budget of the process, in two parts. `door` is for receivers and ends at three quarters: what is inside holds
 * its memory twice for the moment in which one component hands it to the next, and must get that moment however hard
 * senders press. Without the difference a full budget would stand still for ever.
 */
export interface MemoryBudget extends Admissions {
  readonly receivers: Admissions;
}
