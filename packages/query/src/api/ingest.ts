import type { Outcome, Signal } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';

/** The pipeline into which the API puts received telemetry. */
export interface IngestTarget {
  /** Reserves memory for a request, or returns why it cannot. */
  admit(sizeBytes: number): Admission | Extract<Outcome, { kind: 'retry' | 'refused' }>;
  /** Passes a canonical export request on. */
  consume(bytes: Uint8Array, itemCount: number): Outcome | Promise<Outcome>;
}

/** Returns the pipeline of a signal that ends in the store, or `undefined` if this thread has none. */
export type FindIngestTarget = (signal: Signal, tenant?: string) => IngestTarget | undefined;
