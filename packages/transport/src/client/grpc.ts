import http2 from 'node:http2';
import { type Outcome, SIGNALS, type Signal } from '@otelier/otlp';
import { type Clock, systemClock } from '../clock.ts';
import { codingName, compress, requireCompression, UnsupportedCompressionError } from '../compression.ts';
import type { Compression, ExportClient, ExportOptions } from '../contract.ts';
import { formatGrpcTimeout } from '../grpc-status.ts';
import type { ClientTlsOptions } from '../tls.ts';
import { createDestination, type Destination } from './destination.ts';
import { type ClientKeepalive, Connection } from './grpc-connection.ts';
import { ResponseReader } from './grpc-response.ts';
import { checkedHeaders, USER_AGENT } from './headers.ts';
import { connectionOutcome, type GrpcResponse, outcomeOfGrpc } from './outcome-mapping.ts';
import { settleOnce, timedOut } from './settle-once.ts';

export type { ClientKeepalive } from './grpc-connection.ts';

/** How an OTLP/gRPC client is set up. Only the endpoint is needed. */
export interface GrpcClientOptions {
  /** `host:port` (with TLS unless `tls.insecure`), `http://host:port`, `https://host:port` or `unix:/path`. */
  readonly endpoint: string;
  /** Default `none`. Brotli is none of gRPC's. */
  readonly compression?: Compression;
  /** On the coding's own scale; default by speed, see `DEFAULT_LEVELS`. */
  readonly compressionLevel?: number;
  /** Metadata of every call. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Overrides `:authority`. */
  readonly authority?: string;
  readonly tls?: ClientTlsOptions;
  /** For one attempt from beginning to end; the server gets to know it. Default 10,000. */
  readonly timeoutMillis?: number;
  /** More of a response is not read. Default 1 MiB. */
  readonly maxResponseBytes?: number;
  readonly keepalive?: ClientKeepalive;
  readonly clock?: Clock;
}

/**
 * Makes a client that sends OTLP over gRPC. All calls share one connection, which is opened at the first call and again
 * when it has gone. Parts are written one after the other, and joined only for compression. Throws `EndpointError`,
 * `FileError` or `UnsupportedCompressionError` for its options.
 */
export function createGrpcClient(options: GrpcClientOptions): ExportClient {
  return new GrpcClient(options);
}

type Attempt =
  | { readonly kind: 'response'; readonly response: GrpcResponse }
  /** The server has said that it did not look at the call. */
  | { readonly kind: 'unprocessed'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

class GrpcClient implements ExportClient {
  readonly #options: GrpcClientOptions;
  readonly #clock: Clock;
  readonly #destination: Destination;
  readonly #headers: http2.OutgoingHttpHeaders;
  readonly #inFlight = new Set<Promise<unknown>>();
  #connection: Connection | undefined;
  #closed = false;

  constructor(options: GrpcClientOptions) {
    const { compression = 'none' } = options;
    requireCompression(compression);
    if (compression === 'brotli') {
      throw new UnsupportedCompressionError('compression: expected none, gzip, deflate or zstd for gRPC, got brotli');
    }
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#destination = createDestination(options.endpoint, options.tls, this.#clock);
    this.#headers = {
      'user-agent': USER_AGENT,
      ...checkedHeaders(options.headers),
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(compression === 'none' ? {} : { 'grpc-encoding': codingName(compression) }),
    };
  }

  async export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions = {}): Promise<Outcome> {
    if (this.#closed) return connectionOutcome('the client has been shut down');
    const sent = this.#export(signal, parts, options);
    this.#inFlight.add(sent);
    try {
      return await sent;
    } finally {
      this.#inFlight.delete(sent);
    }
  }

  async shutdown(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#inFlight);
    await this.#connection?.close();
  }

  async #export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions): Promise<Outcome> {
    const { compression = 'none', compressionLevel } = this.#options;
    const message = compression === 'none' ? parts : [await compress(compression, parts, compressionLevel)];
    const body = [prefixOf(message, compression !== 'none'), ...message];
    const path = `/${SIGNALS[signal].grpcService}/Export`;
    const first = await this.#attempt(path, body, options);
    // gRPC, "Transparent Retries": a call that the server has not processed may be sent again at once.
    const last = first.kind === 'unprocessed' ? await this.#attempt(path, body, options) : first;
    return last.kind === 'response' ? outcomeOfGrpc(last.response) : connectionOutcome(last.reason);
  }

  #attempt(path: string, body: readonly Uint8Array[], options: ExportOptions): Promise<Attempt> {
    if (options.signal?.aborted) return Promise.resolve({ kind: 'failed', reason: 'the request was aborted' });
    const { timeoutMillis = 10_000, maxResponseBytes = 1024 * 1024, authority } = this.#options;
    const limits = { timeoutMillis, signal: options.signal, clock: this.#clock };
    const name = this.#destination.name;
    return settleOnce<Attempt>(limits, (settle) => {
      const connection = this.#connect();
      const stream = connection.request({
        ...this.#headers,
        ...(options.headers === undefined ? {} : checkedHeaders(options.headers)),
        ':method': 'POST',
        ':path': path,
        ':scheme': this.#destination.secure ? 'https' : 'http',
        ':authority': authority ?? this.#destination.authority,
        'grpc-timeout': formatGrpcTimeout(timeoutMillis),
      });
      const reader = new ResponseReader(stream, maxResponseBytes, () => connection.heard());
      stream.on('close', () => {
        const response = reader.response();
        if (response !== undefined) return settle({ kind: 'response', response });
        const unprocessed = stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM;
        const reason = connection.failure ?? reader.failure ?? 'the connection was closed before an answer';
        settle({ kind: unprocessed ? 'unprocessed' : 'failed', reason: `${name}: ${reason}` });
      });
      // One system call for all parts.
      stream.cork();
      for (const part of body) stream.write(part);
      stream.end();
      stream.uncork();
      const heardBefore = connection.heardCount;
      return (reason) => {
        stream.close(http2.constants.NGHTTP2_CANCEL);
        // Nothing at all was heard meanwhile: the connection may be dead, so the next call opens another one.
        const isSilent = options.signal?.aborted !== true || timedOut(options.signal) !== undefined;
        if (isSilent && connection.heardCount === heardBefore) connection.retire();
        return { kind: 'failed', reason: `${name}: ${reason}` };
      };
    });
  }

  #connect(): Connection {
    if (this.#connection?.usable !== true) {
      this.#connection = new Connection(this.#destination, this.#options.keepalive, this.#clock);
    }
    return this.#connection;
  }
}

/** gRPC's length-prefixed message: a byte that says whether it is compressed, four for its length. */
function prefixOf(message: readonly Uint8Array[], compressed: boolean): Uint8Array {
  const prefix = new Uint8Array(5);
  prefix[0] = compressed ? 1 : 0;
  const length = message.reduce((sum, part) => sum + part.length, 0);
  new DataView(prefix.buffer).setUint32(1, length);
  return prefix;
}
