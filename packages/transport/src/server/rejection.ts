/** A request that was rejected before its telemetry was decoded. */
export interface Rejection {
  readonly kind: RejectionKind;
  /** Reason sent to the client: expected and actual value. Never contains credentials or bodies. */
  readonly reason: string;
  /** Delay after which the request may be retried, if known. */
  readonly afterMillis?: number | undefined;
}

/** Rejection kinds, which `outcome-mapping.ts` maps to HTTP and gRPC statuses. */
export type RejectionKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'wrong_method'
  | 'timed_out'
  | 'too_large'
  | 'unsupported'
  | 'busy'
  | 'full'
  | 'unavailable'
  | 'internal';

/** Creates a rejection. */
export function rejection(kind: RejectionKind, reason: string, afterMillis?: number): Rejection {
  return { kind, reason, afterMillis };
}

/** Creates a rejection for a body larger than the limit. */
export function tooLarge(what: string, maxBytes: number): Rejection {
  return rejection('too_large', `expected ${what} of at most ${maxBytes} bytes, got more`);
}

/** Rejection of a body for which no memory is available. */
export const NO_MEMORY: Rejection = rejection('busy', 'no memory is available for this request', 1000);

/** Rejection caused by a bug, whose details appear only in the log. */
export const INTERNAL: Rejection = rejection('internal', 'the server failed to handle this request');
