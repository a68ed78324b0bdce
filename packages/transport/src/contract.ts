import type { Outcome, Signal } from '@otelier/otlp';
import type { Admission, AdmissionRejection } from './admission.ts';
import type { IncomingRequests } from './server/incoming-requests.ts';

export type { Admission } from './admission.ts';

/**
 * Handles the requests of any number of servers. Reserves memory before a body is read or decoded, then receives the
 * body.
 */
export interface ExportHandler {
  /**
   * Reserves `sizeBytes` of memory for a request, or returns why it cannot. The server then immediately responds with
   * 429/503 + Retry-After or RESOURCE_EXHAUSTED/UNAVAILABLE + RetryInfo and stops reading. It calls `grow` if the body
   * turns out to be larger (decompression, no content length), and `release` exactly once, after `export` has settled
   * or the request has failed.
   */
  admit(sizeBytes: number): Admission | AdmissionRejection;

  /** Incomplete requests of all servers that share this handler's memory. By default, each server has its own. */
  readonly incoming?: IncomingRequests;

  /**
   * Handles one request. Returns synchronously when there is nothing to await. Throws or rejects only because of a bug.
   */
  export(request: ExportRequest): Outcome | Promise<Outcome>;
}

/** A received request: decompressed, but not yet validated. */
export interface ExportRequest {
  readonly signal: Signal;
  readonly encoding: 'protobuf' | 'json';
  /** The body. The handler owns its memory. */
  readonly body: Uint8Array;
  /**
   * Request headers with lower-case names, possibly without the message framing headers. They include credentials, so
   * retain only the headers you need.
   */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Authenticated sender of the request. */
  readonly subject: string | undefined;
  /** Tenant that owns the telemetry, from the credential of the sender; `undefined` means the default tenant. */
  readonly tenant?: string | undefined;
  readonly transport: TransportName;
  /** Remote address without port; `undefined` for Unix sockets and datagrams. */
  readonly peer?: string | undefined;
}

/** The transport over which a request was received. */
export type TransportName = 'http' | 'grpc' | 'websocket' | 'udp';

/** A listening server. */
export interface ExportServer {
  /** The server's address: `127.0.0.1:4318` or `unix:/path`. */
  readonly address: string;
  /** Number of open connections. */
  readonly connectionCount: number;
  /**
   * Asks the client of one busy connection to reconnect (GOAWAY, `connection: close`) without losing a request, which
   * moves load between threads that share a port. Returns `false` if no connection can be moved.
   */
  moveConnection(): boolean;
  /** Stops listening, waits at most `graceMillis` for requests in flight, then closes. Idempotent. */
  shutdown(graceMillis?: number): Promise<void>;
}

/** Sends requests to one destination. */
export interface ExportClient {
  /**
   * Sends the parts as one request (their concatenation is valid; see `Batch.parts`). Resolves with the peer's
   * response. A broken connection, a timeout or an abort is a `retry` outcome with a reason. Rejects only because of a
   * bug.
   */
  export(signal: Signal, parts: readonly Uint8Array[], options?: ExportOptions): Promise<Outcome>;
  /** Closes all connections once requests in flight have ended. Idempotent. */
  shutdown(): Promise<void>;
}

/** Options for one request. */
export interface ExportOptions {
  readonly signal?: AbortSignal;
  /** Headers (HTTP) or metadata (gRPC) of this request. They override those of the client. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Called before `export` resolves, if the client no longer uses the parts, so that their memory can be used again. Not
   * called if it might, for example because a connection has not sent all of a canceled request.
   */
  readonly onUnused?: () => void;
}

/** Request body compression. `snappy` means the block format over HTTP and the framing format over gRPC. */
export type Compression = 'none' | 'gzip' | 'deflate' | 'zstd' | 'brotli' | 'snappy' | 'x-snappy-framed' | 'lz4';
