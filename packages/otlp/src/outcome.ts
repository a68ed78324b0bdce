/**
 * What became of a batch that was handed on. Every hand-over in otelier (a component's `consume`, a store's `append`,
 * a client's `export`) resolves with one; it rejects only for a bug. `transport` alone maps outcomes to HTTP and gRPC
 * (OTLP specification, "OTLP/HTTP Response" and "OTLP/gRPC Response").
 */
export type Outcome =
  /** Taken whole. What that promises (memory, fsync) is said by whoever answers. */
  | { readonly kind: 'accepted' }
  /** Taken apart from `rejectedItems`, which must not be sent again. */
  | { readonly kind: 'partial'; readonly rejectedItems: number; readonly reason: string }
  /** Nothing was taken; the same batch may be sent again, after `afterMillis` where that is known. */
  | { readonly kind: 'retry'; readonly afterMillis: number | undefined; readonly reason: string }
  /** Nothing was taken, and sending it again would not help. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The one `accepted` outcome: it carries nothing, so nobody needs a second one. */
export const ACCEPTED: Extract<Outcome, { kind: 'accepted' }> = Object.freeze({ kind: 'accepted' });
