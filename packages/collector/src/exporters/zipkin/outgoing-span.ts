/** A span of Zipkin's version 2 that is sent. Times are nanoseconds since the Unix epoch. */
export interface OutgoingSpan {
  readonly traceId: Uint8Array;
  readonly id: Uint8Array;
  readonly parentId: Uint8Array | undefined;
  readonly name: string;
  /** `CLIENT`, `SERVER`, `PRODUCER`, `CONSUMER` or empty. */
  readonly kind: string;
  /** `undefined` if the span has no start time. */
  readonly start: bigint | undefined;
  readonly duration: bigint;
  readonly localEndpoint: OutgoingEndpoint | undefined;
  readonly remoteEndpoint: OutgoingEndpoint | undefined;
  readonly annotations: readonly OutgoingAnnotation[];
  readonly tags: ReadonlyMap<string, string>;
}

/** The network context of a node. Addresses are canonical, and empty if unknown. */
export interface OutgoingEndpoint {
  readonly serviceName: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}

/** An event of a span. */
export interface OutgoingAnnotation {
  readonly time: bigint;
  readonly value: string;
}

/** Thrown for a span that Zipkin cannot represent. */
export class UnsendableSpanError extends Error {
  override readonly name = 'UnsendableSpanError';
}
