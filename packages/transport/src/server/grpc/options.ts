import type { Signal } from '@otelier/otlp';
import type { Authenticator } from '../../auth.ts';
import type { Clock } from '../../clock.ts';
import type { ExportHandler } from '../../contract.ts';
import type { ServerTlsOptions } from '../../tls.ts';
import { IncomingRequests } from '../incoming-requests.ts';
import type { Listener } from '../listen.ts';
import type { CallContext } from './call.ts';
import type { GrpcKeepalive } from './keepalive.ts';

/** How an OTLP/gRPC server is set up. Only the endpoint is needed. */
export interface GrpcServerOptions {
  /** Where to listen (`127.0.0.1:4317`, `[::1]:0`, `unix:/path`), or a socket that is lent and stays its owner's. */
  readonly endpoint: string | Listener;
  /** Signals that are taken; default all. */
  readonly signals?: readonly Signal[];
  /** Largest message, as it is on the wire and decompressed. Default 4 MiB, as the Collector's. */
  readonly maxMessageBytes?: number;
  /** Largest header block. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Calls in flight on one connection. Default 1,000. */
  readonly maxConcurrentStreams?: number;
  /** For a call to arrive and be answered, when the client has set no shorter deadline. Default 60,000. */
  readonly requestTimeoutMillis?: number;
  readonly keepalive?: GrpcKeepalive;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  /** Told of a handler that rejects, which is a bug; the client gets INTERNAL. */
  readonly onInternalError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/** What every call of a server has in common. */
export function callContext(options: GrpcServerOptions, handler: ExportHandler): CallContext {
  return {
    handler,
    admit: (sizeBytes) => handler.admit(sizeBytes),
    incoming: handler.incoming ?? new IncomingRequests(undefined, options.clock),
    maxMessageBytes: options.maxMessageBytes ?? 4 * MIB,
    requestTimeoutMillis: options.requestTimeoutMillis ?? 60_000,
    auth: options.auth,
    onInternalError: options.onInternalError ?? (() => {}),
  };
}
