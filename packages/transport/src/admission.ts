import type { Outcome } from '@otelier/otlp';

/** Memory reserved for one request in flight. */
export interface Admission {
  /** Reserves `moreBytes` further bytes; `false` when there is no room, and the request must be refused. */
  grow(moreBytes: number): boolean;
  /** Gives back memory that was reserved and is not needed. */
  shrink?(lessBytes: number): void;
  release(): void;
}

/** Why a request is not admitted. */
export type AdmissionRejection = Extract<Outcome, { kind: 'retry' | 'refused' }>;

/** Reserves memory for a request of `sizeBytes`. */
export type Admit = (sizeBytes: number) => Admission | AdmissionRejection;
