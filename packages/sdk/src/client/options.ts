import type { Signal } from '@otelier/otlp';
import type { ClientTlsOptions, Clock, Compression, ExportClient, RetryOptions } from '@otelier/transport/portable';
import type { BatchOptions, CircuitBreakerOptions, QueueOptions } from '../delivery/contract.ts';
import type { RequestBuffer } from '../delivery/drain.ts';
import type { ResourceSource } from '../resource.ts';
import type { Auth } from './auth.ts';
import { integerOptions, MAX_MILLIS, numberOption } from './option-error.ts';
import type { RequestSealer } from './sealed-transport.ts';
import type { HeaderSource } from './with-headers.ts';

/** Request protocol. With `udp`, accepted means sent, because delivery is not confirmed. */
export type Protocol = 'grpc' | 'http/protobuf' | 'http/json' | 'websocket' | 'udp';

/** The endpoint and the request protocol. */
export interface TransportOptions {
  /**
   * Base URL, to which `http/…` appends `/v1/traces` and so on. Default `http://localhost:4318` (`grpc`:
   * `http://localhost:4317`, `websocket`: `ws://localhost:4320`, `udp`: `localhost:4316`). Further URLs are fallbacks,
   * tried in order.
   */
  readonly endpoint?: string | readonly string[];
  /** Complete URLs for individual signals. Only for `http/…`. */
  readonly signalEndpoints?: Partial<Readonly<Record<Signal, string>>>;
  /** Request protocol. Default `http/protobuf`. */
  readonly protocol?: Protocol;
  /** Request compression. Default `none`. */
  readonly compression?: Compression;
  /**
   * Headers to send with every request. A function is called before each attempt, and its headers override `auth`. If
   * it throws, rejects or exceeds `timeoutMillis`, the attempt fails and is retried. Not supported for `udp`. Over
   * `websocket`, headers from a function are sent in each message, so use `auth` for credentials.
   */
  readonly headers?: HeaderSource;
  readonly auth?: Auth;
  /** Certificates and TLS settings, for runtimes in which the program opens its own sockets. */
  readonly tls?: ClientTlsOptions;
  /**
   * URL of an HTTP proxy for `http/…`, `grpc` and `websocket`, such as `http://user:password@proxy.example:3128`, or
   * `false` for none. The proxy opens tunnels (`CONNECT`), through which TLS reaches the endpoint unchanged. Default: `HTTP_PROXY`, or `HTTPS_PROXY` for endpoints with TLS, unless `NO_PROXY` has the host.
   */
  readonly proxy?: string | false;
  /** Timeout of a single attempt. Default 10,000. */
  readonly timeoutMillis?: number;
  /** When to pause a failing endpoint. By default, only if there are several endpoints. */
  readonly circuitBreaker?: CircuitBreakerOptions;
}

/** Options for a client. Every field is optional. */
export interface ClientOptions extends TransportOptions {
  readonly batch?: BatchOptions;
  readonly queue?: QueueOptions;
  readonly retry?: RetryOptions;
  /**
   * Resource attributes (see `detectResource`). On Node, Deno and Bun, `telemetry.sdk.*` and the attributes from
   * `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` are added, which these override.
   */
  readonly resource?: ResourceSource;
  /**
   * Stores requests until the server accepts them. With a buffer, `send` resolves as accepted once the request is
   * stored.
   */
  readonly buffer?: RequestBuffer;
  /** Sends the requests instead of the transport described by the options. */
  readonly transport?: ExportClient;
  /** Seals requests before they are sent, as `createRequestSealer` of `@otelier/sdk/seal` returns it. */
  readonly seal?: RequestSealer;
  /** Whether to send remaining telemetry when the process or page ends. Default true. */
  readonly flushOnExit?: boolean;
  /** The clock that drives batches and retries. Default: the system clock. */
  readonly clock?: Clock;
  /** Logs lost telemetry, at most one line per minute. Default `console.warn`. */
  readonly log?: (line: string) => void;
}

/** Returns the retry options with defaults applied. Throws an `OptionError` if one is invalid. */
export function resolveRetry(
  options: RetryOptions = {},
  maxIntervalMillis = 30_000,
  maxElapsedMillis = 300_000,
): RetryOptions {
  return {
    ...integerOptions('retry.', options, {
      initialIntervalMillis: [1_000, 0, MAX_MILLIS],
      maxIntervalMillis: [maxIntervalMillis, 1, MAX_MILLIS],
      maxElapsedMillis: [maxElapsedMillis, 0, MAX_MILLIS],
    }),
    multiplier: numberOption('retry.multiplier', options.multiplier, 1.5, 1, 100),
    randomizationFactor: numberOption('retry.randomizationFactor', options.randomizationFactor, 0.5, 0, 1),
  };
}
