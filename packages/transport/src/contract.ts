import type { Outcome, Signal } from '@otelier/otlp';
import type { Admission, AdmissionRejection } from './admission.ts';
import type { IncomingRequests } from './server/incoming-requests.ts';

export type { Admission } from './admission.ts';

/**
 * What a server asks of whoever takes its requests: first for room, before the body is read or decoded, then to take
 * the bytes. One handler serves any number of servers.
 */
export interface ExportHandler {
  /**
   * Reserves `sizeBytes` of memory for a request, or says why not (then the server answers at once with
   * 429/503 + Retry-After or RESOURCE_EXHAUSTED/UNAVAILABLE + RetryInfo and reads no further). The server calls
   * `grow` when the body turns out larger (decompression, no content-length) and `release` exactly once, after
   * `export` has settled or the request has failed.
   */
  admit(sizeBytes: number): Admission | AdmissionRejection;

  /** The incomplete requests of all servers that share this handler's memory; without it each server has its own. */
  readonly incoming?: IncomingRequests;

  /** Takes one request; answers at once where nothing has to be waited for. Never throws or rejects but for a bug. */
  export(request: ExportRequest): Outcome | Promise<Outcome>;
}

/** A request as it came from the wire: decompressed, still unvalidated. */
export interface ExportRequest {
  readonly signal: Signal;
  readonly encoding: 'protobuf' | 'json';
  /** The body; it owns its memory and belongs to the receiver of the call. */
  readonly body: Uint8Array;
  /**
   * Request headers, lower-cased names; those that frame the body may be left out. Credentials are among them: keep only
   * what was asked for.
   */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Who sent it, as authentication established. */
  readonly subject: string | undefined;
  readonly transport: TransportName;
}

/** How a request came. */
export type TransportName = 'http' | 'grpc' | 'websocket' | 'udp';

/** A server that listens. */
export interface ExportServer {
  /** Where it listens: `127.0.0.1:4318` or `unix:/path`. */
  readonly address: string;
  /** Connections that are open now. */
  readonly connectionCount: number;
  /**
   * Asks the client of one busy connection to come again on a new one (GOAWAY, `connection: close`), without the loss
   * of a request. With several threads on one port that moves load between them. `false` when there is none to move.
   */
  moveConnection(): boolean;
  /** Stops listening, lets requests in flight finish for at most `graceMillis`, then closes. Safe twice. */
  shutdown(graceMillis?: number): Promise<void>;
}

/** Sends requests to one destination. */
export interface ExportClient {
  /**
   * Sends the parts as one request (their concatenation is valid, see `Batch.parts`). Resolves with what the peer said;
   * a broken connection, a time-out or an abort is a `retry` outcome with the cause in words. Never rejects but for a bug.
   */
  export(signal: Signal, parts: readonly Uint8Array[], options?: ExportOptions): Promise<Outcome>;
  /** Closes connections once requests in flight have ended. Safe twice. */
  shutdown(): Promise<void>;
}

/** For one request. */
export interface ExportOptions {
  readonly signal?: AbortSignal;
  /** Headers (HTTP) or metadata (gRPC) of this request, over those of the client. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How bodies may be compressed on the wire. */
export type Compression = 'none' | 'gzip' | 'deflate' | 'zstd' | 'brotli';
