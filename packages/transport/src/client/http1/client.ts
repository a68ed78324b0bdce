import {
  type OtlpEncoding,
  type Outcome,
  REQUEST_MESSAGES,
  requestToJson,
  SIGNAL_NAMES,
  SIGNALS,
  type Signal,
} from '@otelier/otlp';
import { type Clock, systemClock } from '../../clock.ts';
import { compressOnce } from '../../compression/compress-once.ts';
import { codingName, compress, requireCompression } from '../../compression/compression.ts';
import type { Compression, ExportClient, ExportOptions } from '../../contract.ts';
import { httpRequestAttributes, type ObserveRequest } from '../../request-observer.ts';
import type { ClientTlsOptions } from '../../tls-options.ts';
import { createDestination, type Destination } from '../destination.ts';
import { checkedHeaders, USER_AGENT } from '../headers.ts';
import { connectionOutcome, encodingOutcome, outcomeOfHttp, unreachableOutcome } from '../outcome-mapping.ts';
import type { ProxySelector } from '../proxy.ts';
import { settleOnce } from '../settle-once.ts';
import type { Attempt } from './connection.ts';
import { ConnectionPool } from './pool.ts';

/** Options for `createHttpClient`. Only the endpoint is required. */
export interface HttpClientOptions {
  /** Base URL to which the signal path is appended, such as `https://host:4318`, or `host:port`, or `unix:/path`. */
  readonly endpoint: string;
  /** Complete URLs for individual signals, used unchanged. */
  readonly signalEndpoints?: Partial<Readonly<Record<Signal, string>>>;
  /** Defaults to `protobuf`. */
  readonly encoding?: OtlpEncoding;
  /** Defaults to `none`. */
  readonly compression?: Compression;
  /** Compression level, in the range defined by the compression. Defaults to the fastest; see `DEFAULT_LEVELS`. */
  readonly compressionLevel?: number;
  /**
   * Whether parts are never modified after the call, so that each array of parts is compressed once for all clients.
   */
  readonly immutableParts?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: ClientTlsOptions;
  /** Selects the proxy to connect through. Defaults to none. */
  readonly proxyOf?: ProxySelector | undefined;
  /** Timeout of one attempt. Defaults to 10,000. */
  readonly timeoutMillis?: number;
  /** Maximum number of connections. Further requests are queued. Defaults to 64. */
  readonly maxConnections?: number;
  /** How long a connection may be idle before it is closed. Defaults to 55,000. */
  readonly idleTimeoutMillis?: number;
  /** Maximum size of a response. Defaults to 1 MiB. */
  readonly maxResponseBytes?: number;
  /** Called with the duration of each request. */
  readonly observeRequest?: ObserveRequest;
  readonly clock?: Clock;
}

/**
 * Creates an OTLP/HTTP client that uses persistent HTTP/1.1 connections. Parts are written one after another and joined
 * only for compression. Throws `EndpointError`, `FileError` or `UnsupportedCompressionError` for invalid options.
 */
export function createHttpClient(options: HttpClientOptions): ExportClient {
  return new HttpClient(options);
}

/** Where requests for one signal are sent. */
interface Target {
  readonly destination: Destination;
  readonly pool: ConnectionPool;
  /** Request line and `Host` header. */
  readonly opening: string;
}

class HttpClient implements ExportClient {
  readonly #options: HttpClientOptions;
  readonly #clock: Clock;
  readonly #targets: Readonly<Record<Signal, Target>>;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #headerLines: string;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: HttpClientOptions) {
    requireCompression(options.compression ?? 'none');
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#targets = targetsOf(options, this.#clock);
    const { compression = 'none' } = options;
    this.#headers = {
      'user-agent': USER_AGENT,
      ...checkedHeaders(options.headers),
      'content-type': options.encoding === 'json' ? 'application/json' : 'application/x-protobuf',
      ...(compression === 'none' ? {} : { 'content-encoding': codingName(compression) }),
    };
    this.#headerLines = linesOf(this.#headers);
  }

  async export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions = {}): Promise<Outcome> {
    if (this.#closed) return connectionOutcome('the client has been shut down');
    if (this.#options.encoding === 'json' && REQUEST_MESSAGES[signal] === undefined) {
      return { kind: 'refused', reason: `${signal} cannot be sent as JSON` };
    }
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
    for (const { pool } of Object.values(this.#targets)) pool.destroy();
  }

  async #export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions): Promise<Outcome> {
    const { encoding, compression = 'none', compressionLevel, immutableParts } = this.#options;
    const target = this.#targets[signal];
    let body: readonly Uint8Array[];
    try {
      const encoded = encoding === 'json' ? [jsonBody(signal, parts)] : parts;
      const compressParts = immutableParts === true ? compressOnce : compress;
      body = compression === 'none' ? encoded : [await compressParts(compression, encoded, compressionLevel)];
    } catch (error) {
      return encodingOutcome(signal, error);
    }
    const length = body.reduce((sum, part) => sum + part.length, 0);
    const head = `${target.opening}${this.#linesFor(options)}content-length: ${length}\r\n\r\n`;
    // The connection sends only the compressed or converted request.
    if (body !== parts) options.onUnused?.();
    const beganMillis = this.#options.observeRequest === undefined ? 0 : this.#clock.monotonic();
    const first = await this.#attempt(target, head, body, options.signal);
    if (body === parts && first.kind === 'response' && first.isSent) options.onUnused?.();
    // The server may close an idle connection just as a request is sent. A new connection shows whether the server is
    // reachable.
    const last = first.kind === 'stale' ? await this.#attempt(target, head, body, options.signal) : first;
    if (this.#options.observeRequest !== undefined) this.#observe(target.destination, last, beganMillis);
    if (last.kind === 'response') return outcomeOfHttp(last.response, this.#clock.now());
    const reason = `${target.destination.name}: ${last.reason}`;
    return target.destination.isUnreachable ? unreachableOutcome(reason) : connectionOutcome(reason);
  }

  #observe({ authority, secure }: Destination, attempt: Attempt, beganMillis: number): void {
    const hasTimedOut = attempt.kind === 'failed' && attempt.canceledBy === 'timeout';
    const attributes = httpRequestAttributes({
      method: 'POST',
      isSecure: secure,
      authority,
      version: '1.1',
      status: attempt.kind === 'response' ? attempt.response.status : undefined,
      error: hasTimedOut ? 'timeout' : '_OTHER',
    });
    this.#options.observeRequest?.('http.client.request.duration', attributes, this.#clock.monotonic() - beganMillis);
  }

  /** Returns the header lines of one request. Its headers override the client's. */
  #linesFor({ headers }: ExportOptions): string {
    return headers === undefined ? this.#headerLines : linesOf({ ...this.#headers, ...checkedHeaders(headers) });
  }

  #attempt(
    { pool }: Target,
    head: string,
    body: readonly Uint8Array[],
    signal: AbortSignal | undefined,
  ): Promise<Attempt> {
    if (signal?.aborted) return Promise.resolve({ kind: 'failed', reason: 'the request was aborted' });
    const { timeoutMillis = 10_000 } = this.#options;
    return settleOnce<Attempt>({ timeoutMillis, signal, clock: this.#clock }, (settle) => {
      const cancel = pool.send({ head, body, settle });
      return (reason, canceledBy) => {
        cancel();
        return { kind: 'failed', reason, canceledBy };
      };
    });
  }
}

/** Formats header lines, omitting the message framing headers, which callers cannot set. */
function linesOf(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).filter(([name]) => !FRAMING_HEADERS.has(name));
  return lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

const FRAMING_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
]);

function jsonBody(signal: Signal, parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.from(requestToJson(signal, Buffer.concat(parts)));
}

function targetsOf(options: HttpClientOptions, clock: Clock): Readonly<Record<Signal, Target>> {
  const base = createDestination(options.endpoint, options.tls, clock, options.proxyOf);
  const basePool = poolOf(base, options);
  const basePath = base.path.replace(/\?.*$/, '').replace(/\/+$/, '');
  const targetOf = (signal: Signal): Target => {
    const url = options.signalEndpoints?.[signal];
    if (url === undefined) return target(base, basePool, basePath + SIGNALS[signal].httpPath);
    const destination = createDestination(url, options.tls, clock, options.proxyOf);
    return target(destination, poolOf(destination, options), destination.path);
  };
  const entries = SIGNAL_NAMES.map((signal) => [signal, targetOf(signal)] as const);
  return Object.fromEntries(entries) as Record<Signal, Target>;
}

function target(destination: Destination, pool: ConnectionPool, path: string): Target {
  const opening = `POST ${path === '' ? '/' : path} HTTP/1.1\r\nhost: ${destination.authority}\r\n`;
  return { destination, pool, opening };
}

function poolOf(destination: Destination, options: HttpClientOptions): ConnectionPool {
  return new ConnectionPool(destination, {
    maxConnections: options.maxConnections ?? 64,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 55_000,
    maxResponseBytes: options.maxResponseBytes ?? 1024 * 1024,
  });
}
