import type { Signal } from '@otelier/otlp';
import type { ClientTlsOptions, Clock, Compression, ExportClient, RetryOptions } from '@otelier/transport/portable';
import type { BatchOptions, CircuitBreakerOptions, QueueOptions, RequestBuffer } from '../delivery/contract.ts';
import type { ResourceSource } from '../resource.ts';
import type { Auth } from './auth.ts';
import { integerOptions, MAX_MILLIS, numberOption } from './option-error.ts';
import type { HeaderSource } from './with-headers.ts';

/** How requests travel. With `udp`, accepted means sent: nobody says whether it arrived. */
export type Protocol = 'grpc' | 'http/protobuf' | 'http/json' | 'websocket' | 'udp';

/** Where requests go, and how they travel. */
export interface TransportOptions {
  /**
   * Base URL, to which `http/…` append `/v1/traces` and so on. Default `http://localhost:4318` (`grpc`:
   * `http://localhost:4317`, `websocket`: `ws://localhost:4320`, `udp`: `localhost:4316`). Further ones stand in, in this order, for those before them that fail.
   */
  readonly endpoint?: string | readonly string[];
  /** Whole URLs of single signals, taken as they are; for `http/…` only. */
  readonly signalEndpoints?: Partial<Readonly<Record<Signal, string>>>;
  /** Default `http/protobuf`. */
  readonly protocol?: Protocol;
  /** Default `none`. */
  readonly compression?: Compression;
  /**
   * Sent with every request; a function is called before each attempt, and what it gives counts more than `auth`. When it throws, rejects or takes
   * longer than `timeoutMillis`, the attempt has failed and is made again like any other. Not for `udp`; over `websocket` what a function gives goes with each
   * message, so credentials are for `auth`.
   */
  readonly headers?: HeaderSource;
  readonly auth?: Auth;
  /** Certificates and limits, where the program opens its sockets itself. */
  readonly tls?: ClientTlsOptions;
  /** For one attempt from beginning to end. Default 10,000. */
  readonly timeoutMillis?: number;
  /** When an endpoint is left alone. Default: only where there are several is one left alone. */
  readonly circuitBreaker?: CircuitBreakerOptions;
}

/** How a client is set up. Nothing is needed. */
export interface ClientOptions extends TransportOptions {
  readonly batch?: BatchOptions;
  readonly queue?: QueueOptions;
  readonly retry?: RetryOptions;
  /**
   * What the telemetry comes from; see `detectResource`. Node, Deno and Bun add `telemetry.sdk.*`, and `service.name` and others from
   * `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, over which this wins.
   */
  readonly resource?: ResourceSource;
  /** Keeps requests until the peer has them, over times in which nothing can be sent. Then `send` is accepted when kept. */
  readonly buffer?: RequestBuffer;
  /** Sends requests in place of a transport made from the options. */
  readonly transport?: ExportClient;
  /** Whether what is left is sent when the process or page ends. Default true. */
  readonly flushOnExit?: boolean;
  /** Time for batches and retries. Default the machine's. */
  readonly clock?: Clock;
  /** Writes the one line a minute that says what was lost. Default `console.warn`. */
  readonly log?: (line: string) => void;
}

/** The retry options with the library's defaults; throws an `OptionError`. */
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
