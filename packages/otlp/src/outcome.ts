/**
 * The result of passing a batch on. Every transfer in otelier (a component's `consume`, a store's `append`, a client's
 * `export`) resolves with one and rejects only because of a bug. Only `transport` maps outcomes to HTTP and gRPC (OTLP
 * specification, "OTLP/HTTP Response" and "OTLP/gRPC Response").
 */
export type Outcome =
  /** The whole batch was accepted. The component defines the durability guarantee (memory, fsync). */
  | { readonly kind: 'accepted' }
  /** The batch was accepted except for `rejectedItems`, which must not be resent. */
  | { readonly kind: 'partial'; readonly rejectedItems: number; readonly reason: string }
  /** Nothing was accepted. The same batch may be resent, after `afterMillis` if set. */
  | {
      readonly kind: 'retry';
      readonly afterMillis: number | undefined;
      readonly reason: string;
      /** Whether no connection to the peer could be opened, for example because the port is closed. */
      readonly unreachable?: boolean;
    }
  /** Nothing was accepted, and resending the batch would not help. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The shared `accepted` outcome, which carries no data. */
export const ACCEPTED: Extract<Outcome, { kind: 'accepted' }> = Object.freeze({ kind: 'accepted' });
