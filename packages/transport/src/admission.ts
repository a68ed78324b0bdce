import type { Outcome } from '@otelier/otlp';

/** A memory reservation for one request in flight. */
export interface Admission {
  /**
   * Grows the reservation by `moreBytes`. Returns `false` when no memory is available and the request must be rejected.
   */
  grow(moreBytes: number): boolean;
  /** Releases `lessBytes` of the reservation that turned out not to be needed. */
  shrink?(lessBytes: number): void;
  release(): void;
}

/** Why a request was not admitted. */
export type AdmissionRejection = Extract<Outcome, { kind: 'retry' | 'refused' }>;

/** Reserves memory for a request of `sizeBytes`. */
export type Admit = (sizeBytes: number) => Admission | AdmissionRejection;
