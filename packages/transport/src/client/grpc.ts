import { type Outcome, SIGNAL_NAMES, SIGNALS, type Signal } from '@otelier/otlp';
import { type Clock, systemClock } from '../clock.ts';
import { compressOnce } from '../compression/compress-once.ts';
import {
  compress,
  grpcCoding,
  grpcCodingName,
  requireCompression,
  UnsupportedCompressionError,
} from '../compression/compression.ts';
import type { Compression, ExportClient, ExportOptions } from '../contract.ts';
import { formatGrpcTimeout, GRPC_STATUS, type GrpcStatus } from '../grpc-status.ts';
import type { FieldList } from '../http2/hpack/encoder.ts';
import { clientCallAttributes, type ObserveRequest } from '../request-observer.ts';
import type { ClientTlsOptions } from '../tls-options.ts';
import { createDestination, type Destination } from './destination.ts';
import { readGrpcResponse } from './grpc-response.ts';
import { checkedHeaders, USER_AGENT } from './headers.ts';
import { ClientConnection } from './http2/client-connection.ts';
import type { ClientRequest, StreamEnd } from './http2/client-stream.ts';
import type { ClientKeepalive } from './http2/keepalive.ts';
import {
  connectionOutcome,
  encodingOutcome,
  type GrpcResponse,
  grpcStatusOf,
  outcomeOfGrpc,
  unreachableOutcome,
} from './outcome-mapping.ts';
import type { ProxySelector } from './proxy.ts';
import { settleOnce, timedOut } from './settle-once.ts';

export type { ClientKeepalive } from './http2/keepalive.ts';

/** Options for `createGrpcClient`. Only the endpoint is required. */
export interface GrpcClientOptions {
  /** `host:port` (with TLS unless `tls.insecure`), `http://host:port`, `https://host:port` or `unix:/path`. */
  readonly endpoint: string;
  /** Defaults to `none`. gRPC does not support brotli. */
  readonly compression?: Compression;
  /** Compression level, in the range defined by the compression. Defaults to the fastest; see `DEFAULT_LEVELS`. */
  readonly compressionLevel?: number;
  /**
   * Whether parts are never modified after the call, so that each array of parts is compressed once for all clients.
   */
  readonly immutableParts?: boolean;
  /** Metadata added to every call. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The `:authority` header. Defaults to the host of the endpoint. */
  readonly authority?: string;
  readonly tls?: ClientTlsOptions;
  /** Selects the proxy to connect through. Defaults to none. */
  readonly proxyOf?: ProxySelector | undefined;
  /** Timeout of one attempt, also sent to the server as `grpc-timeout`. Defaults to 10,000. */
  readonly timeoutMillis?: number;
  /** Maximum size of a response. Defaults to 1 MiB. */
  readonly maxResponseBytes?: number;
  readonly keepalive?: ClientKeepalive;
  /** Called with the duration of each call. */
  readonly observeRequest?: ObserveRequest;
  readonly clock?: Clock;
}

/**
 * Creates an OTLP/gRPC client. All calls share one connection, which is opened on the first call and reopened when
 * lost. Parts are written without copying and joined only for compression. Throws `EndpointError`, `FileError` or
 * `UnsupportedCompressionError` for invalid options.
 */
export function createGrpcClient(options: GrpcClientOptions): ExportClient {
  return new GrpcClient(options);
}

class GrpcClient implements ExportClient {
  readonly #options: GrpcClientOptions;
  readonly #clock: Clock;
  readonly #destination: Destination;
  /** Headers sent with every call, by signal. */
  readonly #fields: ReadonlyMap<Signal, FieldList>;
  readonly #inFlight = new Set<Promise<unknown>>();
  #connection: ClientConnection | undefined;
  #isClosed = false;

  constructor(options: GrpcClientOptions) {
    const { compression = 'none' } = options;
    requireCompression(compression);
    if (compression === 'brotli' || compression === 'lz4') {
      throw new UnsupportedCompressionError(
        `compression: expected none, gzip, deflate, zstd or snappy for gRPC, got ${compression}`,
      );
    }
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#destination = createDestination(options.endpoint, options.tls, this.#clock, options.proxyOf);
    this.#fields = fieldsBySignal(options, this.#destination);
  }

  async export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions = {}): Promise<Outcome> {
    if (this.#isClosed) return connectionOutcome('the client has been shut down');
    const sent = this.#export(signal, parts, options);
    this.#inFlight.add(sent);
    try {
      return await sent;
    } finally {
      this.#inFlight.delete(sent);
    }
  }

  async shutdown(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#inFlight);
    await this.#connection?.close();
  }

  async #export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions): Promise<Outcome> {
    const { compression = 'none', compressionLevel, immutableParts } = this.#options;
    const compressParts = immutableParts === true ? compressOnce : compress;
    let message: readonly Uint8Array[];
    try {
      message =
        compression === 'none' ? parts : [await compressParts(grpcCoding(compression), parts, compressionLevel)];
    } catch (error) {
      return encodingOutcome(signal, error);
    }
    const body = [prefixOf(message, compression !== 'none'), ...message];
    const fields = this.#fieldsOf(signal, options.headers);
    const request = { ...fields, body, maxResponseBytes: this.#options.maxResponseBytes ?? DEFAULT_RESPONSE_BYTES };
    // The connection sends only the compressed message.
    if (compression !== 'none') options.onUnused?.();
    const beganMillis = this.#options.observeRequest === undefined ? 0 : this.#clock.monotonic();
    let end = await this.#attempt(request, options.signal);
    if (compression === 'none' && end.kind === 'response' && end.isSent) options.onUnused?.();
    // gRPC, "Transparent Retries": unprocessed requests may be retried immediately. A server that rebalances its
    // connections may cause this twice in a row.
    for (let retries = 0; retries < 2 && end.kind === 'unprocessed'; retries++) {
      end = await this.#attempt(request, options.signal);
    }
    const response = end.kind === 'response' ? readGrpcResponse(end) : undefined;
    if (this.#options.observeRequest !== undefined) this.#observe(signal, end, response, beganMillis);
    if (response !== undefined) return outcomeOfGrpc(response);
    const reason = end.kind === 'response' ? 'the server responded without a gRPC status' : end.reason;
    const { name, isUnreachable } = this.#destination;
    return isUnreachable ? unreachableOutcome(`${name}: ${reason}`) : connectionOutcome(`${name}: ${reason}`);
  }

  #observe(signal: Signal, end: StreamEnd, response: GrpcResponse | undefined, beganMillis: number): void {
    const status = response === undefined ? statusWithoutResponse(end) : grpcStatusOf(response);
    const attributes = clientCallAttributes(pathOf(signal), status, this.#destination.authority);
    this.#options.observeRequest?.('rpc.client.call.duration', attributes, this.#clock.monotonic() - beganMillis);
  }

  /** Merges the client's and the request's headers. The request's headers take precedence. */
  #fieldsOf(signal: Signal, headers: ExportOptions['headers']): Pick<ClientRequest, 'repeated' | 'extra'> {
    const repeated = this.#fields.get(signal) ?? [];
    if (headers === undefined) return { repeated, extra: [] };
    const extra = checkedHeaders(headers);
    return repeated.some(([name]) => name in extra)
      ? { repeated: [], extra: [...repeated.filter(([name]) => !(name in extra)), ...Object.entries(extra)] }
      : { repeated, extra: Object.entries(extra) };
  }

  #attempt(request: ClientRequest, signal: AbortSignal | undefined): Promise<StreamEnd> {
    if (signal?.aborted) {
      return Promise.resolve({ kind: 'broken', reason: 'the request was aborted', canceledBy: 'abort' });
    }
    const { timeoutMillis = DEFAULT_TIMEOUT_MILLIS } = this.#options;
    return settleOnce<StreamEnd>({ timeoutMillis, signal, clock: this.#clock }, (settle) => {
      const connection = this.#connect();
      const readsBefore = connection.readCount;
      const stream = connection.request(request, settle);
      return (reason, canceledBy) => {
        connection.cancel(stream);
        // Nothing was received in the meantime, so the connection may be dead. The next call opens a new one.
        const isSilent = signal?.aborted !== true || timedOut(signal) !== undefined;
        if (isSilent && connection.readCount === readsBefore) connection.retire();
        return { kind: 'broken', reason, canceledBy };
      };
    });
  }

  #connect(): ClientConnection {
    if (this.#connection?.isUsable !== true) {
      const socket = this.#destination.connect(['h2']);
      this.#connection = new ClientConnection(socket, this.#options.keepalive, this.#clock);
    }
    return this.#connection;
  }
}

const DEFAULT_TIMEOUT_MILLIS = 10_000;
const DEFAULT_RESPONSE_BYTES = 1024 * 1024;

/** Returns the status that gRPC clients report for a call without a response. */
function statusWithoutResponse(end: StreamEnd): GrpcStatus {
  if (end.kind === 'response') return GRPC_STATUS.UNKNOWN;
  const canceledBy = end.kind === 'broken' ? end.canceledBy : undefined;
  if (canceledBy === undefined) return GRPC_STATUS.UNAVAILABLE;
  return canceledBy === 'timeout' ? GRPC_STATUS.DEADLINE_EXCEEDED : GRPC_STATUS.CANCELLED;
}

function pathOf(signal: Signal): string {
  return `/${SIGNALS[signal].grpcService}/Export`;
}

function fieldsBySignal(options: GrpcClientOptions, destination: Destination): ReadonlyMap<Signal, FieldList> {
  const { compression = 'none', authority = destination.authority, timeoutMillis = DEFAULT_TIMEOUT_MILLIS } = options;
  const headers = {
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': formatGrpcTimeout(timeoutMillis),
    ...(compression === 'none' ? {} : { 'grpc-encoding': grpcCodingName(compression) }),
    'user-agent': USER_AGENT,
    ...checkedHeaders(options.headers),
  };
  const fields = (signal: Signal): FieldList => [
    [':method', 'POST'],
    [':scheme', destination.secure ? 'https' : 'http'],
    [':path', pathOf(signal)],
    [':authority', authority],
    ...Object.entries(headers),
  ];
  return new Map(SIGNAL_NAMES.map((signal) => [signal, fields(signal)]));
}

/** Returns the prefix of a gRPC message: a one-byte compressed flag and a four-byte length. */
function prefixOf(message: readonly Uint8Array[], compressed: boolean): Uint8Array {
  const prefix = new Uint8Array(5);
  prefix[0] = compressed ? 1 : 0;
  const length = message.reduce((sum, part) => sum + part.length, 0);
  new DataView(prefix.buffer).setUint32(1, length);
  return prefix;
}
