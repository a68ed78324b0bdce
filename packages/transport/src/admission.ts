import type { Outcome } from '@otelier/otlp';

/** Memory reserved for one request in flight. */
export interface Admission {
  /**
   * Reserves `moreBytes` further bytes. Returns `false` when no memory is available and the request must be rejected.
   */
  grow(moreBytes: number): boolean;
  /** Releases reserved memory that is not needed. */
  shrink?(lessBytes: number): void;
  release(): void;
}

/** Why a request was not admitted. */
export type AdmissionRejection = Extract<Outcome, { kind: 'retry' | 'refused' }>;

/** Reserves memory for a request of `sizeBytes`. */
export type Admit = (sizeBytes: number) => Admission | AdmissionRejection;
