/** A span of Zipkin's version 2, in JSON or protobuf. */
export interface ZipkinSpan {
  /** 16 bytes. */
  readonly traceId: Uint8Array;
  /** 8 bytes. */
  readonly id: Uint8Array;
  readonly parentId: Uint8Array | undefined;
  readonly name: string;
  /** `CLIENT`, `SERVER`, `PRODUCER` or `CONSUMER`; others are unspecified. */
  readonly kind: string;
  /** Microseconds since the Unix epoch; `undefined` if the sender does not know when the span started. */
  readonly timestamp: bigint | undefined;
  /** Microseconds. */
  readonly duration: bigint;
  readonly localEndpoint: ZipkinEndpoint | undefined;
  readonly remoteEndpoint: ZipkinEndpoint | undefined;
  readonly annotations: readonly ZipkinAnnotation[];
  readonly tags: ReadonlyMap<string, string>;
}

/** The network context of a node. Addresses are empty if unknown. */
export interface ZipkinEndpoint {
  readonly serviceName: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}

/** An event with its time in microseconds since the Unix epoch. */
export interface ZipkinAnnotation {
  readonly timestamp: bigint;
  readonly value: string;
}

/** The attribute of spans without a start time, which then start at the epoch. */
export const START_TIME_ABSENT = 'otel.zipkin.absentField.startTime';
