import { SIGNAL_NAMES, SIGNALS, type Signal } from '@otelier/otlp';
import type { Authenticator } from '../../auth.ts';
import type { Clock } from '../../clock.ts';
import type { ObserveRequest, RejectedRequest } from '../../request-observer.ts';
import type { ServerTlsOptions } from '../../tls.ts';
import type { Listener } from '../listen.ts';
import { type CorsOptions, createCors } from './cors.ts';
import type { HttpRequestHandlerOptions } from './request-handler.ts';

/** Options for `createHttpServer`. Only the endpoint is required. */
export interface HttpServerOptions {
  /**
   * Address to listen on (`127.0.0.1:4318`, `[::1]:0`, `unix:/path`), or a shared listener that is closed by its owner.
   */
  readonly endpoint: string | Listener;
  /** Paths that differ from the OTLP defaults. */
  readonly paths?: Partial<Readonly<Record<Signal, string>>>;
  /** Accepted signals. Defaults to all. */
  readonly signals?: readonly Signal[];
  /** Maximum size of a body as received. Defaults to 20 MiB, as in the Collector. */
  readonly maxBodyBytes?: number;
  /** Maximum size of a body after decompression. Defaults to `maxBodyBytes`. */
  readonly maxDecompressedBytes?: number;
  /** Maximum size of the request headers. Defaults to 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Timeout for receiving the headers of a request. Defaults to 20,000. */
  readonly headersTimeoutMillis?: number;
  /** Timeout for receiving a complete request. Defaults to 60,000. */
  readonly requestTimeoutMillis?: number;
  /** How long a connection may be idle before it is closed. Defaults to 60,000. */
  readonly idleTimeoutMillis?: number;
  /** Whether connections can serve more than one request. Defaults to `true`. */
  readonly keepAlive?: boolean;
  readonly cors?: CorsOptions;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  /** Called when a handler rejects, which is a bug. The client receives 500. */
  readonly onInternalError?: (error: unknown) => void;
  /** Called with the duration of each request. */
  readonly observeRequest?: ObserveRequest;
  /** Called for each request that is rejected, except those that are not HTTP. */
  readonly onRejected?: (request: RejectedRequest) => void;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/** Returns the request handler options with defaults applied. */
export function requestHandlerOptions(options: HttpServerOptions): HttpRequestHandlerOptions {
  const maxBodyBytes = options.maxBodyBytes ?? 20 * MIB;
  return {
    routes: routesOf(options),
    maxBodyBytes,
    maxDecompressedBytes: options.maxDecompressedBytes ?? maxBodyBytes,
    cors: options.cors === undefined ? undefined : createCors(options.cors),
    auth: options.auth,
  };
}

/** Returns the header limits and the timeouts with defaults applied. */
export function headAndTimeLimits(options: HttpServerOptions) {
  const requestTimeoutMillis = options.requestTimeoutMillis ?? 60_000;
  return {
    maxHeaderBytes: options.maxHeaderBytes ?? 16 * 1024,
    headersTimeoutMillis: Math.min(options.headersTimeoutMillis ?? 20_000, requestTimeoutMillis),
    requestTimeoutMillis,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 60_000,
  };
}

function routesOf(options: HttpServerOptions): ReadonlyMap<string, Signal> {
  const signals = options.signals ?? SIGNAL_NAMES;
  return new Map(signals.map((signal) => [options.paths?.[signal] ?? SIGNALS[signal].httpPath, signal]));
}
