import type { SpanAttribute } from '../../spans/span-data.ts';

/** The spans of a process, in Thrift or protobuf. */
export interface JaegerBatch {
  readonly process: JaegerProcess | undefined;
  readonly spans: readonly JaegerSpan[];
}

/** The process that made spans. */
export interface JaegerProcess {
  readonly serviceName: string;
  readonly tags: readonly JaegerTag[];
}

/** A tag with its value. */
export interface JaegerTag {
  readonly key: string;
  readonly value: SpanAttribute;
  /** The value if it is a text, otherwise empty. */
  readonly text: string;
}

/** A span. Times are nanoseconds since the Unix epoch. */
export interface JaegerSpan {
  /** 16 bytes. */
  readonly traceId: Uint8Array;
  /** 8 bytes. */
  readonly spanId: Uint8Array;
  /** 8 bytes, which are 0 if only references tell the parent. */
  readonly parentSpanId: Uint8Array;
  readonly operationName: string;
  readonly references: readonly JaegerReference[];
  readonly flags: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly JaegerLog[];
  /** The process, if it is not that of the batch. */
  readonly process: JaegerProcess | undefined;
}

/** A reference to another span. */
export interface JaegerReference {
  readonly isChildOf: boolean;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}

/** An event of a span. */
export interface JaegerLog {
  readonly time: bigint;
  readonly fields: readonly JaegerTag[];
}
