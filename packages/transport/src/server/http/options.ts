import { SIGNAL_NAMES, SIGNALS, type Signal } from '@otelier/otlp';
import type { Authenticator } from '../../auth.ts';
import type { Clock } from '../../clock.ts';
import type { ServerTlsOptions } from '../../tls.ts';
import type { Listener } from '../listen.ts';
import { type CorsOptions, createCors } from './cors.ts';
import type { HttpRequestHandlerOptions } from './request-handler.ts';

/** How an OTLP/HTTP server is set up. Only the endpoint is needed. */
export interface HttpServerOptions {
  /** Where to listen (`127.0.0.1:4318`, `[::1]:0`, `unix:/path`), or a socket that is lent and stays its owner's. */
  readonly endpoint: string | Listener;
  /** Paths that differ from OTLP's. */
  readonly paths?: Partial<Readonly<Record<Signal, string>>>;
  /** Signals that are taken; default all. */
  readonly signals?: readonly Signal[];
  /** Largest body as it is on the wire. Default 20 MiB, as the Collector's. */
  readonly maxBodyBytes?: number;
  /** Largest body after decompression. Default `maxBodyBytes`. */
  readonly maxDecompressedBytes?: number;
  /** Largest header block. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** For the headers of a request to arrive. Default 20,000. */
  readonly headersTimeoutMillis?: number;
  /** For a whole request to arrive. Default 60,000. */
  readonly requestTimeoutMillis?: number;
  /** How long a connection may wait for its next request. Default 60,000. */
  readonly idleTimeoutMillis?: number;
  /** Whether connections serve more than one request. Default `true`. */
  readonly keepAlive?: boolean;
  readonly cors?: CorsOptions;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  /** Told of a handler that rejects, which is a bug; the client gets 500. */
  readonly onInternalError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/** What the door knows by these options. */
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

/** Bounds of heads and of time, with their defaults. */
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
