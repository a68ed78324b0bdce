import { type OtlpEncoding, type Outcome, REQUEST_MESSAGES, requestToJson, type Signal } from '@otelier/otlp';
import { connectionOutcome } from '../client/connection-outcome.ts';
import { checkedHeaders, USER_AGENT } from '../client/headers.ts';
import { type Clock, systemClock } from '../clock.ts';
import { codingName, compress, requireCompression } from '../compression/compression.ts';
import type { Compression, ExportClient, ExportOptions } from '../contract.ts';
import type { ClientTlsOptions } from '../tls-options.ts';
import type { LiveDataOptions } from './client-subscriptions.ts';
import { ExportSession } from './export-session.ts';
import { createSocketOpener } from './open-socket.ts';

/** How a client of OTLP over WebSocket is set up. Only the endpoint is needed. */
export interface WebSocketClientOptions {
  /** `ws://host:4320`, `wss://host/path`, `host:port` (with TLS unless `tls.insecure`) or `unix:/path`. Default path `/v1/otlp`. */
  readonly endpoint: string;
  /** Default `protobuf`. */
  readonly encoding?: OtlpEncoding;
  /** Default `none`. */
  readonly compression?: Compression;
  /** On the coding's own scale; default by speed, see `DEFAULT_LEVELS`. */
  readonly compressionLevel?: number;
  /** Headers of the upgrade. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: ClientTlsOptions;
  /** For one request from beginning to end, connections that broke meanwhile included. Default 10,000. */
  readonly timeoutMillis?: number;
  /** For a connection to be made. Default 10,000. */
  readonly connectTimeoutMillis?: number;
  /** First pause before connecting again, spread by half of itself; each is twice the one before. Default 200. */
  readonly initialIntervalMillis?: number;
  /** Longest pause. Default 30,000. */
  readonly maxIntervalMillis?: number;
  /** Bytes of requests on their way at once; further ones wait. Default 16 MiB. */
  readonly maxInFlightBytes?: number;
  /** Largest message of a subscription. Default 20 MiB. */
  readonly maxMessageBytes?: number;
  /** Whether the process lives as long as the connection. Default true. */
  readonly keepsProcessAlive?: boolean;
  readonly clock?: Clock;
  /** A number in [0, 1). */
  readonly random?: () => number;
}

/** Sends requests, and shows what passes the server where that allows it. */
export interface WebSocketClient extends ExportClient {
  /** Opens a subscription, which lasts over broken connections until the returned function is called. */
  subscribe(options: LiveDataOptions): () => void;
}

const MIB = 1024 * 1024;

/**
 * Makes a client that sends OTLP over one WebSocket, which is opened at the first request, carries any number of
 * requests at once, and is opened again when it breaks; requests on their way go on then. Throws `EndpointError`,
 * `FileError` or `UnsupportedCompressionError` for its options.
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
    const encoded = encoding === 'json' ? [Buffer.from(requestToJson(signal, Buffer.concat(parts)))] : parts;
    const body = compression === 'none' ? encoded : [await compress(compression, encoded, compressionLevel)];
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
