import { SIGNAL_NAMES, SIGNALS, type Signal } from '@otelier/otlp';
import type { Authenticator } from '../../auth.ts';
import type { Clock } from '../../clock.ts';
import type { ServerTlsOptions } from '../../tls.ts';
import type { Listener } from '../listen.ts';
import { type CorsOptions, createCors } from './cors.ts';
import type { HttpRequestHandlerOptions } from './request-handler.ts';

/** Options of an OTLP/HTTP server. Only the endpoint is required. */
export interface HttpServerOptions {
  /** Address to listen on (`127.0.0.1:4318`, `[::1]:0`, `unix:/path`), or a shared listener that its owner closes. */
  readonly endpoint: string | Listener;
  /** Paths that differ from OTLP's. */
  readonly paths?: Partial<Readonly<Record<Signal, string>>>;
  /** Accepted signals. Default: all. */
  readonly signals?: readonly Signal[];
  /** Maximum size of a body on the wire. Default 20 MiB, as in the Collector. */
  readonly maxBodyBytes?: number;
  /** Maximum size of a body after decompression. Default `maxBodyBytes`. */
  readonly maxDecompressedBytes?: number;
  /** Maximum size of a header block. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Timeout for the headers of a request. Default 20,000. */
  readonly headersTimeoutMillis?: number;
  /** Timeout for a whole request. Default 60,000. */
  readonly requestTimeoutMillis?: number;
  /** Timeout for the next request of an idle connection. Default 60,000. */
  readonly idleTimeoutMillis?: number;
  /** Whether connections serve more than one request. Default `true`. */
  readonly keepAlive?: boolean;
  readonly cors?: CorsOptions;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  /** Called when a handler rejects, which is a bug; the client receives 500. */
  readonly onInternalError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/** Returns the options of the request handler, with their defaults. */
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

/** Returns the limits of heads and the timeouts, with their defaults. */
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
