import type { SpanAttribute } from '../../spans/span-data.ts';

/** A span of Zipkin's version 1, in JSON or Thrift. */
export interface ZipkinSpanV1 {
  /** 16 bytes. */
  readonly traceId: Uint8Array;
  /** 8 bytes. */
  readonly id: Uint8Array;
  readonly parentId: Uint8Array;
  readonly name: string;
  /** Microseconds since the Unix epoch; `undefined` if the annotations tell the time. */
  readonly timestamp: bigint | undefined;
  /** Microseconds. */
  readonly duration: bigint;
  readonly annotations: readonly AnnotationV1[];
  readonly binaryAnnotations: readonly BinaryAnnotation[];
}

/** The network context of an annotation. Addresses are empty and ports 0 if unknown. */
export interface EndpointV1 {
  readonly serviceName: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}

/** An event with its time in microseconds since the Unix epoch. */
export interface AnnotationV1 {
  readonly timestamp: bigint;
  readonly value: string;
  readonly endpoint: EndpointV1 | undefined;
}

/** A tag of a span. */
export interface BinaryAnnotation {
  readonly key: string;
  readonly value: SpanAttribute;
  /** The value as text, which names the component of a local span. */
  readonly text: string;
  /** Service of the endpoint, or `undefined` if the tag does not name one. */
  readonly serviceName: string | undefined;
}
