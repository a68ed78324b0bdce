import type { Signal } from '@otelier/otlp';
import type { ClientTlsOptions, Clock, Compression, ExportClient, RetryOptions } from '@otelier/transport/portable';
import type { BatchOptions, CircuitBreakerOptions, QueueOptions } from '../delivery/contract.ts';
import type { RequestBuffer } from '../delivery/drain.ts';
import type { ResourceSource } from '../resource.ts';
import type { Auth } from './auth.ts';
import { integerOptions, MAX_MILLIS, numberOption } from './option-error.ts';
import type { HeaderSource } from './with-headers.ts';

/** Protocol of requests. With `udp`, accepted means sent: delivery is not confirmed. */
export type Protocol = 'grpc' | 'http/protobuf' | 'http/json' | 'websocket' | 'udp';

/** The endpoint and the protocol of requests. */
export interface TransportOptions {
  /**
   * Base URL, to which `http/…` appends `/v1/traces` and so on. Default `http://localhost:4318` (`grpc`:
   * `http://localhost:4317`, `websocket`: `ws://localhost:4320`, `udp`: `localhost:4316`). Further URLs are fallbacks,
   * in order.
   */
  readonly endpoint?: string | readonly string[];
  /** Complete URLs of single signals; for `http/…` only. */
  readonly signalEndpoints?: Partial<Readonly<Record<Signal, string>>>;
  /** Default `http/protobuf`. */
  readonly protocol?: Protocol;
  /** Default `none`. */
  readonly compression?: Compression;
  /**
   * Headers of every request. A function is called before each attempt; its headers override `auth`. If it throws,
   * rejects or exceeds `timeoutMillis`, the attempt fails and is retried. Not for `udp`. Over `websocket` the headers
   * of a function are part of each message, so use `auth` for credentials.
   */
  readonly headers?: HeaderSource;
  readonly auth?: Auth;
  /** Certificates and TLS limits, in runtimes where the program opens its own sockets. */
  readonly tls?: ClientTlsOptions;
  /** Timeout of one attempt. Default 10,000. */
  readonly timeoutMillis?: number;
  /** When to pause an endpoint that fails. Default: only if there are several endpoints. */
  readonly circuitBreaker?: CircuitBreakerOptions;
}

/** The options of a client, all optional. */
export interface ClientOptions extends TransportOptions {
  readonly batch?: BatchOptions;
  readonly queue?: QueueOptions;
  readonly retry?: RetryOptions;
  /**
   * Attributes of the resource; see `detectResource`. Node, Deno and Bun add `telemetry.sdk.*`, and the attributes of
   * `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, which these override.
   */
  readonly resource?: ResourceSource;
  /**
   * Stores requests until the server accepts them. With a buffer, `send` resolves as accepted when the request is
   * stored.
   */
  readonly buffer?: RequestBuffer;
  /** Sends the requests instead of the transport that the options describe. */
  readonly transport?: ExportClient;
  /** Whether remaining telemetry is sent when the process or page ends. Default true. */
  readonly flushOnExit?: boolean;
  /** Clock for batches and retries. Default: the system clock. */
  readonly clock?: Clock;
  /** Writes reports of lost telemetry, at most one line a minute. Default `console.warn`. */
  readonly log?: (line: string) => void;
}

/** Returns the retry options with defaults. Throws an `OptionError`. */
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
