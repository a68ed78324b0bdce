/** A request that the Collector's components converted. */
export interface ReceiveCase {
  readonly name: string;
  /** What receives it. */
  readonly kind: 'zipkin' | 'jaeger_http' | 'jaeger_grpc' | 'jaeger_compact' | 'jaeger_binary';
  readonly path?: string;
  readonly contentType?: string;
  /** Whether tags that look like numbers become such. */
  readonly parse?: boolean;
  readonly body: Uint8Array;
}

/** An OTLP request that the Collector's exporter converts. */
export interface ExportCase {
  readonly name: string;
  readonly kind: 'zipkin_json' | 'zipkin_proto' | 'export_jaeger_proto' | 'export_jaeger_json';
  readonly request: object;
}

/** What the Collector made of a case. */
export interface CollectorOutcome {
  readonly status?: number;
  readonly text?: string;
  /** The exported body in base64. */
  readonly body?: string;
  /** The exported messages in base64. */
  readonly bodies?: readonly string[];
  /** OTLP/JSON. */
  readonly request?: object;
  readonly error?: string;
}
