import type { Outcome } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';

/**
 * The budget of bytes in flight in this process: requests being read and decoded, batches in queues, batches being
 * put together. Whoever holds telemetry holds an `Admission` for it. Beyond the budget the answer is an honest `retry`
 * at once, before anything is decoded.
 */
export interface Admissions {
  /** Bytes held now. */
  readonly inFlightBytes: number;
  readonly limitBytes: number;
  /** How often `admit` or `grow` said no. */
  readonly refusedRequests: number;
  /** Reserves memory, or says why not. Every admission must be released once. */
  admit(sizeBytes: number): Admission | Extract<Outcome, { kind: 'retry' }>;
}
