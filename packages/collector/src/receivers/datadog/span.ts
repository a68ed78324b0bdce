/** A span as tracers of Datadog write it. IDs are unsigned. */
export interface DatadogSpan {
  readonly service: string;
  readonly name: string;
  readonly resource: string;
  readonly type: string;
  readonly traceId: bigint;
  readonly spanId: bigint;
  readonly parentId: bigint;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  /** Nanoseconds. */
  readonly duration: bigint;
  readonly error: bigint;
  readonly meta: ReadonlyMap<string, string>;
  readonly metrics: ReadonlyMap<string, number>;
  /** Structured tags, such as the findings of App and API Protection. Each value is encoded in MessagePack. */
  readonly structs: ReadonlyMap<string, Uint8Array>;
  readonly links: readonly DatadogLink[];
  readonly events: readonly DatadogEvent[];
}

/** A link to another span. */
export interface DatadogLink {
  readonly traceId: bigint;
  readonly traceIdHigh: bigint;
  readonly spanId: bigint;
  readonly traceState: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** An event of a span. */
export interface DatadogEvent {
  readonly time: bigint;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string | boolean | bigint | number>;
}

/** Spans of one process, in chunks of which each belongs to one trace. */
export interface TracerPayload {
  readonly containerId: string;
  readonly languageName: string;
  readonly languageVersion: string;
  readonly tracerVersion: string;
  readonly env: string;
  readonly hostname: string;
  readonly appVersion: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly chunks: readonly DatadogChunk[];
}

/** The spans of a trace that were finished together. */
export interface DatadogChunk {
  readonly spans: readonly DatadogSpan[];
  readonly tags: ReadonlyMap<string, string>;
}
