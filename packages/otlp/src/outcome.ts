/**
 * The result of passing on a batch. Every transfer in otelier (a component's `consume`, a store's `append`, a client's
 * `export`) resolves with one; it rejects only for a bug. Only `transport` maps outcomes to HTTP and gRPC (OTLP
 * specification, "OTLP/HTTP Response" and "OTLP/gRPC Response").
 */
export type Outcome =
  /** The whole batch was accepted. The component defines the guarantee (memory, fsync). */
  | { readonly kind: 'accepted' }
  /** Accepted except for `rejectedItems`, which must not be sent again. */
  | { readonly kind: 'partial'; readonly rejectedItems: number; readonly reason: string }
  /** Nothing was accepted. The same batch may be sent again, after `afterMillis` if set. */
  | {
      readonly kind: 'retry';
      readonly afterMillis: number | undefined;
      readonly reason: string;
      /** Whether no connection to the peer could be opened, such as to a closed port. */
      readonly unreachable?: boolean;
    }
  /** Nothing was accepted, and sending it again would not help. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The shared `accepted` outcome, which carries no data. */
export const ACCEPTED: Extract<Outcome, { kind: 'accepted' }> = Object.freeze({ kind: 'accepted' });
