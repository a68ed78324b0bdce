import type { Signal } from '@otelier/otlp';
import type { ClientTlsOptions, Clock, Compression, ExportClient, RetryOptions } from '@otelier/transport/portable';
import type { AttributeValue } from '../attributes/attribute-value.ts';
import type { Auth } from '../client/auth.ts';
import type { Client } from '../client/client.ts';
import type { ClientOptions, Protocol } from '../client/options.ts';
import type { RequestSealer } from '../client/sealed-transport.ts';
import { type HeaderSource, mergedHeaders } from '../client/with-headers.ts';
import type { BatchOptions, CircuitBreakerOptions, QueueOptions } from '../delivery/contract.ts';
import type { RequestBuffer } from '../delivery/drain.ts';
import { Resource, type ResourceSource } from '../resource.ts';

/**
 * Builds a client with one method per option. Builders are immutable: each method returns a new builder, so a partly
 * configured one can be extended in several ways. Invalid options are reported by `build`.
 */
export class ClientBuilder<P extends Protocol = 'http/protobuf'> {
  readonly #create: (options: ClientOptions) => Client;
  readonly #options: ClientOptions;
  readonly #sources: readonly ResourceSource[];

  constructor(
    create: (options: ClientOptions) => Client,
    options: ClientOptions,
    sources: readonly ResourceSource[] = options.resource === undefined ? [] : [options.resource],
  ) {
    this.#create = create;
    this.#options = options;
    this.#sources = sources;
  }

  /** Creates a new client. Throws an `OptionError` that names the invalid option. */
  build(): Client {
    const resource = joined(this.#sources);
    return this.#create(resource === undefined ? this.#options : { ...this.#options, resource });
  }

  /** Sets `TransportOptions.endpoint`: the first endpoint and its fallbacks. */
  endpoint(first: string, ...fallbacks: readonly string[]): ClientBuilder<P> {
    return this.#with({ endpoint: fallbacks.length === 0 ? first : [first, ...fallbacks] });
  }

  /** Sets the complete URL for one signal. Only for `http/…`. */
  signalEndpoint(signal: Signal, url: Unless<P, 'grpc' | 'websocket' | 'udp', string>): ClientBuilder<P> {
    return this.#with({ signalEndpoints: { ...this.#options.signalEndpoints, [signal]: url } });
  }

  /**
   * Sets the protocol. Call it before setting options that only some protocols support, so that their types can be
   * checked.
   */
  protocol<Q extends Protocol>(protocol: Q): ClientBuilder<Q> {
    return new ClientBuilder<Q>(this.#create, { ...this.#options, protocol }, this.#sources);
  }

  compression(compression: Compression): ClientBuilder<P> {
    return this.#with({ compression });
  }

  /** Adds a header to every request. */
  header(name: string, value: Unless<P, 'udp', string>): ClientBuilder<P> {
    return this.headers({ [name]: value } as Unless<P, 'udp', HeaderSource>);
  }

  /** Adds headers to every request, or a function that returns headers for each attempt. */
  headers(headers: Unless<P, 'udp', HeaderSource>): ClientBuilder<P> {
    return this.#with({ headers: mergedHeaders(this.#options.headers, headers) });
  }

  auth(auth: Unless<P, 'udp', Auth>): ClientBuilder<P> {
    return this.#with({ auth });
  }

  /** Sets the `Authorization: Bearer …` credentials. */
  bearerToken(token: Unless<P, 'udp', string>): ClientBuilder<P> {
    return this.#with({ auth: { kind: 'bearer', token } });
  }

  /** Sets the `Authorization: Basic …` credentials. */
  basicAuth(username: Unless<P, 'udp', string>, password: string): ClientBuilder<P> {
    return this.#with({ auth: { kind: 'basic', username, password } });
  }

  /** Sets the URL of an HTTP proxy, or `false` for none. */
  proxy(proxy: Unless<P, 'udp' | 'websocket', string | false>): ClientBuilder<P> {
    return this.#with({ proxy });
  }

  /** Adds TLS options to those already set. All methods for option groups work this way. */
  tls(tls: Unless<P, 'udp', ClientTlsOptions>): ClientBuilder<P> {
    return this.#with({ tls: { ...this.#options.tls, ...tls } });
  }

  timeoutMillis(timeoutMillis: number): ClientBuilder<P> {
    return this.#with({ timeoutMillis });
  }

  batch(batch: BatchOptions): ClientBuilder<P> {
    return this.#with({ batch: { ...this.#options.batch, ...batch } });
  }

  queue(queue: QueueOptions): ClientBuilder<P> {
    return this.#with({ queue: { ...this.#options.queue, ...queue } });
  }

  retry(retry: RetryOptions): ClientBuilder<P> {
    return this.#with({ retry: { ...this.#options.retry, ...retry } });
  }

  circuitBreaker(circuitBreaker: CircuitBreakerOptions): ClientBuilder<P> {
    return this.#with({ circuitBreaker: { ...this.#options.circuitBreaker, ...circuitBreaker } });
  }

  /**
   * Adds resource attributes, which override those already set. They may be a promise, such as the result of resource
   * detection.
   */
  resource(source: ResourceSource): ClientBuilder<P> {
    return new ClientBuilder<P>(this.#create, this.#options, [...this.#sources, source]);
  }

  /** Adds one resource attribute. */
  attribute(key: string, value: AttributeValue): ClientBuilder<P> {
    return this.resource({ [key]: value });
  }

  /** Sets the buffer. A buffer belongs to a single client, so the builder can build only once. */
  buffer(buffer: RequestBuffer): ClientBuilder<P> {
    return this.#with({ buffer });
  }

  /** Seals requests before they are sent. */
  seal(sealer: RequestSealer): ClientBuilder<P> {
    return this.#with({ seal: sealer });
  }

  /** Sets the transport that sends the requests. */
  transport(transport: ExportClient): ClientBuilder<P> {
    return this.#with({ transport });
  }

  flushOnExit(flushOnExit: boolean): ClientBuilder<P> {
    return this.#with({ flushOnExit });
  }

  clock(clock: Clock): ClientBuilder<P> {
    return this.#with({ clock });
  }

  /** Sets the function that logs lost telemetry, at most one line per minute. */
  log(log: (line: string) => void): ClientBuilder<P> {
    return this.#with({ log });
  }

  #with(options: ClientOptions): ClientBuilder<P> {
    return new ClientBuilder<P>(this.#create, { ...this.#options, ...options }, this.#sources);
  }
}

/** `T`, or `never` if the protocol is one of `Not`. */
type Unless<P extends Protocol, Not extends Protocol, T> = T & (P extends Not ? never : unknown);

/** Merges several sources. Returns `undefined` if there are none. */
function joined(sources: readonly ResourceSource[]): ResourceSource | undefined {
  if (sources.length < 2) return sources[0];
  const resource = new Resource(...sources);
  return resource.attributes ?? resource.whenKnown.then(() => resource.attributes ?? {});
}
