/** What a server may have against a request before anybody has seen its telemetry. */
export interface Rejection {
  readonly kind: RejectionKind;
  /** For the sender's eyes: what was expected, what came. Never credentials or bodies. */
  readonly reason: string;
  /** When the request may be tried again, where that is known. */
  readonly afterMillis?: number | undefined;
}

/** Kinds of faults; `outcome-mapping` says what each is in HTTP and gRPC. */
export type RejectionKind =
  | 'malformed'
  | 'unauthenticated'
  | 'not_found'
  | 'wrong_method'
  | 'timed_out'
  | 'too_large'
  | 'unsupported'
  | 'busy'
  | 'unavailable'
  | 'internal';

/** Makes a fault. */
export function rejection(kind: RejectionKind, reason: string, afterMillis?: number): Rejection {
  return { kind, reason, afterMillis };
}

/** A body beyond the limit. */
export function tooLarge(what: string, maxBytes: number): Rejection {
  return rejection('too_large', `expected ${what} of at most ${maxBytes} bytes, got more`);
}

/** No memory for a body that is larger than it first seemed. */
export const NO_MEMORY: Rejection = rejection('busy', 'there is no memory for this request now', 1000);

/** A bug; what it is is for the log alone. */
export const INTERNAL: Rejection = rejection('internal', 'the server failed to handle this request');
