import { type OtlpEncoding, type Outcome, REQUEST_MESSAGES, requestToJson, type Signal } from '@otelier/otlp';
import { connectionOutcome, encodingOutcome } from '../client/connection-outcome.ts';
import { checkedHeaders, USER_AGENT } from '../client/headers.ts';
import type { ProxySelector } from '../client/proxy.ts';
import { type Clock, systemClock } from '../clock.ts';
import { codingName, compress, requireCompression } from '../compression/compression.ts';
import type { Compression, ExportClient, ExportOptions } from '../contract.ts';
import type { ClientTlsOptions } from '../tls-options.ts';
import type { LiveDataOptions } from './client-subscriptions.ts';
import { ExportSession } from './export-session.ts';
import { createSocketOpener } from './open-socket.ts';

/** Options for `createWebSocketClient`. Only the endpoint is required. */
export interface WebSocketClientOptions {
  /**
   * Address of the server: `ws://host:4320`, `wss://host/path`, `host:port` (with TLS unless `tls.insecure`) or
   * `unix:/path`. The path defaults to `/v1/otlp`.
   */
  readonly endpoint: string;
  /** Defaults to `protobuf`. */
  readonly encoding?: OtlpEncoding;
  /** Defaults to `none`. */
  readonly compression?: Compression;
  /** Compression level, in the range defined by the compression. Defaults to the fastest; see `DEFAULT_LEVELS`. */
  readonly compressionLevel?: number;
  /** Headers of the upgrade request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: ClientTlsOptions;
  /** Selects the HTTP proxy for the endpoint. Default: none. */
  readonly proxyOf?: ProxySelector | undefined;
  /** Timeout of one request, including reconnects. Defaults to 10,000. */
  readonly timeoutMillis?: number;
  /** Timeout for connecting. Defaults to 10,000. */
  readonly connectTimeoutMillis?: number;
  /**
   * Initial delay before reconnecting, randomized by 50 % in both directions. Each delay is twice the previous one.
   * Defaults to 200.
   */
  readonly initialIntervalMillis?: number;
  /** Maximum delay before reconnecting. Defaults to 30,000. */
  readonly maxIntervalMillis?: number;
  /** Maximum total size of requests in flight. Further requests are queued. Defaults to 16 MiB. */
  readonly maxInFlightBytes?: number;
  /** Maximum size of a subscription message. Defaults to 20 MiB. */
  readonly maxMessageBytes?: number;
  /** Whether the connection keeps the process alive. Defaults to `true`. */
  readonly keepsProcessAlive?: boolean;
  readonly clock?: Clock;
  /** Returns a number in [0, 1). */
  readonly random?: () => number;
}

/** A client that sends requests and can subscribe to the telemetry that passes through the server. */
export interface WebSocketClient extends ExportClient {
  /** Opens a subscription, which survives reconnects until the returned function is called. */
  subscribe(options: LiveDataOptions): () => void;
}

const MIB = 1024 * 1024;

/**
 * Creates an OTLP client over a single WebSocket, which is opened on the first request, carries any number of
 * concurrent requests, and is reopened when it breaks; requests in flight then continue. Throws `EndpointError`,
 * `FileError` or `UnsupportedCompressionError` for invalid options.
 */
export function createWebSocketClient(options: WebSocketClientOptions): WebSocketClient {
  return new NodeWebSocketClient(options);
}

class NodeWebSocketClient implements WebSocketClient {
  readonly #options: WebSocketClientOptions;
  readonly #clock: Clock;
  readonly #session: ExportSession;
  readonly #inFlight = new Set<Promise<unknown>>();
  #shutdown: Promise<void> | undefined;

  constructor(options: WebSocketClientOptions) {
    requireCompression(options.compression ?? 'none');
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#session = new ExportSession({
      open: createSocketOpener({
        endpoint: options.endpoint,
        tls: options.tls,
        proxyOf: options.proxyOf,
        headers: { 'user-agent': USER_AGENT, ...checkedHeaders(options.headers) },
        maxMessageBytes: options.maxMessageBytes ?? 20 * MIB,
        keepsProcessAlive: options.keepsProcessAlive ?? true,
        clock: this.#clock,
      }),
      connectTimeoutMillis: options.connectTimeoutMillis ?? 10_000,
      initialIntervalMillis: options.initialIntervalMillis ?? 200,
      maxIntervalMillis: options.maxIntervalMillis ?? 30_000,
      maxInFlightBytes: options.maxInFlightBytes ?? 16 * MIB,
      clock: this.#clock,
      random: options.random ?? Math.random,
    });
  }

  async export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions = {}): Promise<Outcome> {
    if (this.#shutdown !== undefined) {
      return connectionOutcome('the client has been shut down');
    }
    const sent = this.#export(signal, parts, options);
    this.#inFlight.add(sent);
    try {
      return await sent;
    } finally {
      this.#inFlight.delete(sent);
    }
  }

  subscribe(options: LiveDataOptions): () => void {
    return this.#session.subscribe(options);
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= Promise.allSettled(this.#inFlight).then(() => this.#session.close());
    return this.#shutdown;
  }

  async #export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions): Promise<Outcome> {
    const { encoding = 'protobuf', compression = 'none', compressionLevel, timeoutMillis = 10_000 } = this.#options;
    if (encoding === 'json' && REQUEST_MESSAGES[signal] === undefined) {
      return { kind: 'refused', reason: `${signal} cannot be sent as JSON` };
    }
    let body: readonly Uint8Array[];
    try {
      const encoded = encoding === 'json' ? [Buffer.from(requestToJson(signal, Buffer.concat(parts)))] : parts;
      body = compression === 'none' ? encoded : [await compress(compression, encoded, compressionLevel)];
    } catch (error) {
      return encodingOutcome(signal, error);
    }
    if (options.signal?.aborted) {
      return connectionOutcome('the request was aborted');
    }
    const headers = checkedHeaders(options.headers);
    const coding = compression === 'none' ? '' : codingName(compression);
    return this.#session.export(
      parts,
      { head: { signal, encoding, compression: coding, headers }, body },
      { timeoutMillis, signal: options.signal, clock: this.#clock },
    );
  }
}
