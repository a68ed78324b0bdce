import type { Signal } from '@otelier/otlp';
import type { ClientTlsOptions, Clock, Compression, ExportClient, RetryOptions } from '@otelier/transport/portable';
import type { AttributeValue } from '../attributes/attribute-value.ts';
import type { Auth } from '../client/auth.ts';
import type { Client } from '../client/client.ts';
import type { ClientOptions, Protocol } from '../client/options.ts';
import { type HeaderSource, mergedHeaders } from '../client/with-headers.ts';
import type { BatchOptions, CircuitBreakerOptions, QueueOptions, RequestBuffer } from '../delivery/contract.ts';
import { Resource, type ResourceSource } from '../resource.ts';

/**
 * The options of a client, one call each. A builder never changes: every call gives a new one, so one that is set up half
 * way can be kept and continued in several directions. What is wrong is said by `build`, as by `createClient`.
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

  /** Makes a client; each call makes another. Throws an `OptionError` that names the option that cannot be used. */
  build(): Client {
    const resource = joined(this.#sources);
    return this.#create(resource === undefined ? this.#options : { ...this.#options, resource });
  }

  /** See `TransportOptions.endpoint`: the first, and those that stand in for it. */
  endpoint(first: string, ...standIns: readonly string[]): ClientBuilder<P> {
    return this.#with({ endpoint: standIns.length === 0 ? first : [first, ...standIns] });
  }

  /** The whole URL of one signal, taken as it is; for `http/…` only. */
  signalEndpoint(signal: Signal, url: Unless<P, 'grpc' | 'websocket' | 'udp', string>): ClientBuilder<P> {
    return this.#with({ signalEndpoints: { ...this.#options.signalEndpoints, [signal]: url } });
  }

  /** How requests travel. Say it before what only some protocols have: so it is checked by the types. */
  protocol<Q extends Protocol>(protocol: Q): ClientBuilder<Q> {
    return new ClientBuilder<Q>(this.#create, { ...this.#options, protocol }, this.#sources);
  }

  compression(compression: Compression): ClientBuilder<P> {
    return this.#with({ compression });
  }

  /** One header of every request, beside those set before. */
  header(name: string, value: Unless<P, 'udp', string>): ClientBuilder<P> {
    return this.headers({ [name]: value } as Unless<P, 'udp', HeaderSource>);
  }

  /** Headers of every request, or a function that gives them for each attempt, beside those set before. */
  headers(headers: Unless<P, 'udp', HeaderSource>): ClientBuilder<P> {
    return this.#with({ headers: mergedHeaders(this.#options.headers, headers) });
  }

  auth(auth: Unless<P, 'udp', Auth>): ClientBuilder<P> {
    return this.#with({ auth });
  }

  /** Credentials `Bearer …`. */
  bearerToken(token: Unless<P, 'udp', string>): ClientBuilder<P> {
    return this.#with({ auth: { kind: 'bearer', token } });
  }

  /** Credentials `Basic …`. */
  basicAuth(username: Unless<P, 'udp', string>, password: string): ClientBuilder<P> {
    return this.#with({ auth: { kind: 'basic', username, password } });
  }

  /** Beside what was set before, as with all methods that take several options. */
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

  /** Attributes of what the telemetry comes from, over those set before; may be promises, as of detection. */
  resource(source: ResourceSource): ClientBuilder<P> {
    return new ClientBuilder<P>(this.#create, this.#options, [...this.#sources, source]);
  }

  /** One attribute of what the telemetry comes from. */
  attribute(key: string, value: AttributeValue): ClientBuilder<P> {
    return this.resource({ [key]: value });
  }

  /** Belongs to one client: a builder that has one builds once. */
  buffer(buffer: RequestBuffer): ClientBuilder<P> {
    return this.#with({ buffer });
  }

  /** Sends requests in place of a transport made from the options. */
  transport(transport: ExportClient): ClientBuilder<P> {
    return this.#with({ transport });
  }

  flushOnExit(flushOnExit: boolean): ClientBuilder<P> {
    return this.#with({ flushOnExit });
  }

  clock(clock: Clock): ClientBuilder<P> {
    return this.#with({ clock });
  }

  /** Writes the one line a minute that says what was lost. */
  log(log: (line: string) => void): ClientBuilder<P> {
    return this.#with({ log });
  }

  #with(options: ClientOptions): ClientBuilder<P> {
    return new ClientBuilder<P>(this.#create, { ...this.#options, ...options }, this.#sources);
  }
}

/** What cannot be given when the protocol is one of `Not`. */
type Unless<P extends Protocol, Not extends Protocol, T> = T & (P extends Not ? never : unknown);

/** What several sources say together; `undefined` for none. */
function joined(sources: readonly ResourceSource[]): ResourceSource | undefined {
  if (sources.length < 2) return sources[0];
  const resource = new Resource(...sources);
  return resource.attributes ?? resource.whenKnown.then(() => resource.attributes ?? {});
}
