// By name: instrumentation replaces what hangs on the module, and would measure the sending of its own telemetry.
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request as startRequest } from 'node:http';
import type { Socket } from 'node:net';
import {
  type OtlpEncoding,
  type Outcome,
  REQUEST_MESSAGES,
  requestToJson,
  SIGNAL_NAMES,
  SIGNALS,
  type Signal,
} from '@otelier/otlp';
import { type Clock, systemClock } from '../clock.ts';
import { compressOnce } from '../compress-once.ts';
import { codingName, compress, requireCompression } from '../compression.ts';
import type { Compression, ExportClient, ExportOptions } from '../contract.ts';
import type { ClientTlsOptions } from '../tls.ts';
import { createDestination, type Destination } from './destination.ts';
import { checkedHeaders, USER_AGENT } from './headers.ts';
import { connectionOutcome, type HttpResponse, outcomeOfHttp } from './outcome-mapping.ts';
import { settleOnce } from './settle-once.ts';

/** How an OTLP/HTTP client is set up. Only the endpoint is needed. */
export interface HttpClientOptions {
  /** Base URL, to which each signal's path is appended: `https://host:4318`; or `host:port`, or `unix:/path`. */
  readonly endpoint: string;
  /** Whole URLs of single signals, taken as they are. */
  readonly signalEndpoints?: Partial<Readonly<Record<Signal, string>>>;
  /** Default `protobuf`. */
  readonly encoding?: OtlpEncoding;
  /** Default `none`. */
  readonly compression?: Compression;
  /** On the coding's own scale; default by speed, see `DEFAULT_LEVELS`. */
  readonly compressionLevel?: number;
  /** Parts are never changed once they have been given, so each array of them is compressed once for all clients. */
  readonly immutableParts?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: ClientTlsOptions;
  /** For one attempt from beginning to end. Default 10,000. */
  readonly timeoutMillis?: number;
  /** Connections at once; further requests wait. Default 64. */
  readonly maxConnections?: number;
  /** A connection that has had no request for so long is closed. Default 55,000. */
  readonly idleTimeoutMillis?: number;
  /** More of a response is not read. Default 1 MiB. */
  readonly maxResponseBytes?: number;
  readonly clock?: Clock;
}

/**
 * Makes a client that sends OTLP over HTTP/1.1 with connections that stay open. Parts are written one after the other,
 * and joined only for compression. Throws `EndpointError`, `FileError` or `UnsupportedCompressionError` for its options.
 */
export function createHttpClient(options: HttpClientOptions): ExportClient {
  return new HttpClient(options);
}

/** Where a signal goes. */
interface Target {
  readonly destination: Destination;
  readonly agent: Agent;
  readonly path: string;
}

class HttpClient implements ExportClient {
  readonly #options: HttpClientOptions;
  readonly #clock: Clock;
  readonly #targets: Readonly<Record<Signal, Target>>;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: HttpClientOptions) {
    requireCompression(options.compression ?? 'none');
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#targets = targetsOf(options, this.#clock);
    this.#headers = {
      'user-agent': USER_AGENT,
      ...checkedHeaders(options.headers),
      'content-type': options.encoding === 'json' ? 'application/json' : 'application/x-protobuf',
    };
  }

  async export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions = {}): Promise<Outcome> {
    if (this.#closed) return connectionOutcome('the client has been shut down');
    if (this.#options.encoding === 'json' && REQUEST_MESSAGES[signal] === undefined) {
      return { kind: 'refused', reason: `${signal} cannot be sent as JSON` };
    }
    const body = this.#options.encoding === 'json' ? [jsonBody(signal, parts)] : parts;
    const sent = this.#export(this.#targets[signal], body, options);
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
    for (const { agent } of Object.values(this.#targets)) agent.destroy();
  }

  async #export(target: Target, parts: readonly Uint8Array[], options: ExportOptions): Promise<Outcome> {
    const { compression = 'none', compressionLevel, immutableParts } = this.#options;
    const compressParts = immutableParts === true ? compressOnce : compress;
    const body = compression === 'none' ? parts : [await compressParts(compression, parts, compressionLevel)];
    const headers = {
      ...this.#headers,
      ...(options.headers === undefined ? {} : checkedHeaders(options.headers)),
      ...(compression === 'none' ? {} : { 'content-encoding': codingName(compression) }),
      'content-length': body.reduce((sum, part) => sum + part.length, 0),
      host: target.destination.authority,
    };
    const first = await this.#attempt(target, headers, body, options.signal);
    // The server may close an idle connection just when a request is on its way; a fresh one tells whether it is there.
    const last = first.kind === 'stale' ? await this.#attempt(target, headers, body, options.signal) : first;
    return last.kind === 'response' ? outcomeOfHttp(last.response, this.#clock.now()) : connectionOutcome(last.reason);
  }

  #attempt(
    target: Target,
    headers: OutgoingHttpHeaders,
    body: readonly Uint8Array[],
    signal: AbortSignal | undefined,
  ): Promise<Attempt> {
    if (signal?.aborted) return Promise.resolve({ kind: 'failed', reason: 'the request was aborted' });
    const { timeoutMillis = 10_000, maxResponseBytes = 1024 * 1024 } = this.#options;
    return settleOnce<Attempt>({ timeoutMillis, signal, clock: this.#clock }, (settle) => {
      const request = startRequest({ agent: target.agent, method: 'POST', path: target.path, headers, setHost: false });
      request.on('response', (response) => readResponse(response, maxResponseBytes, settle));
      request.on('error', (error: NodeJS.ErrnoException) => {
        const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        settle({ kind: stale ? 'stale' : 'failed', reason: `${target.destination.name}: ${error.message}` });
      });
      // One system call for the head and all parts.
      request.cork();
      for (const part of body) request.write(part);
      request.end();
      request.uncork();
      return (reason) => {
        request.destroy();
        return { kind: 'failed', reason: `${target.destination.name}: ${reason}` };
      };
    });
  }
}

function jsonBody(signal: Signal, parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.from(requestToJson(signal, Buffer.concat(parts)));
}

type Attempt =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  /** A connection that was open from before broke without an answer. */
  | { readonly kind: 'stale'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

function readResponse(response: IncomingMessage, maxBytes: number, settle: (attempt: Attempt) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = (body: Uint8Array | undefined) => {
    const { statusCode: status = 0, headers } = response;
    const head = { status, contentType: headers['content-type'], retryAfter: headers['retry-after'] };
    // A coding that was not asked for is not undone: the status alone counts.
    const readable = headers['content-encoding'] === undefined || headers['content-encoding'] === 'identity';
    settle({ kind: 'response', response: { ...head, body: readable ? body : undefined } });
  };
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else {
      finish(undefined);
      response.destroy();
    }
  });
  response.on('end', () => finish(Buffer.concat(chunks)));
  response.on('error', () => {});
  // The status has come, the rest will not.
  response.on('close', () => finish(undefined));
}

/** Connections of one destination, kept open; TLS or not is the destination's matter. */
class ConnectionPool extends Agent {
  readonly #destination: Destination;

  constructor(destination: Destination, options: HttpClientOptions) {
    super({
      keepAlive: true,
      scheduling: 'lifo',
      maxSockets: options.maxConnections ?? 64,
      timeout: options.idleTimeoutMillis ?? 55_000,
    });
    this.#destination = destination;
  }

  override createConnection(): Socket {
    return this.#destination.connect(['http/1.1']);
  }
}

function targetsOf(options: HttpClientOptions, clock: Clock): Readonly<Record<Signal, Target>> {
  const base = createDestination(options.endpoint, options.tls, clock);
  const agent = new ConnectionPool(base, options);
  const basePath = base.path.replace(/\?.*$/, '').replace(/\/+$/, '');
  const targetOf = (signal: Signal): Target => {
    const url = options.signalEndpoints?.[signal];
    if (url === undefined) return { destination: base, agent, path: basePath + SIGNALS[signal].httpPath };
    const destination = createDestination(url, options.tls, clock);
    return { destination, agent: new ConnectionPool(destination, options), path: destination.path };
  };
  const entries = SIGNAL_NAMES.map((signal) => [signal, targetOf(signal)] as const);
  return Object.fromEntries(entries) as Record<Signal, Target>;
}
