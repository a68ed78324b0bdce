import type { Signal } from '@otelier/otlp';
import type { Authenticator } from '../../auth.ts';
import { type Clock, systemClock } from '../../clock.ts';
import type { ExportHandler } from '../../contract.ts';
import { type ObserveRequest, type RejectedRequest, serverCallAttributes } from '../../request-observer.ts';
import type { ServerTlsOptions } from '../../tls.ts';
import { IncomingRequests } from '../incoming-requests.ts';
import type { Listener } from '../listen.ts';
import type { CallContext } from './call.ts';
import type { GrpcKeepalive } from './keepalive.ts';

/** Options for `createGrpcServer`. Only the endpoint is required. */
export interface GrpcServerOptions {
  /**
   * Address to listen on (`127.0.0.1:4317`, `[::1]:0`, `unix:/path`), or a shared listener that is closed by its owner.
   */
  readonly endpoint: string | Listener;
  /** Accepted signals. Defaults to all. */
  readonly signals?: readonly Signal[];
  /** Methods of another protocol, by path such as `/logproto.Pusher/Push`. Defaults to the methods of OTLP. */
  readonly methods?: ReadonlyMap<string, Signal>;
  /** Maximum size of a message, on the wire and decompressed. Defaults to 4 MiB, as in the Collector. */
  readonly maxMessageBytes?: number;
  /** Maximum size of a header block. Defaults to 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Maximum number of calls in flight per connection. Defaults to 1,000. */
  readonly maxConcurrentStreams?: number;
  /** Timeout of a call from its head to its response, unless the client's deadline is shorter. Defaults to 60,000. */
  readonly requestTimeoutMillis?: number;
  readonly keepalive?: GrpcKeepalive;
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  /** Called when a handler rejects, which is a bug. The client receives INTERNAL. */
  readonly onInternalError?: (error: unknown) => void;
  /** Called with the duration of each call. */
  readonly observeRequest?: ObserveRequest;
  /** Called for each call that is rejected. */
  readonly onRejected?: (request: RejectedRequest) => void;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/** Returns the dependencies shared by all of a server's calls. */
export function callContext(options: GrpcServerOptions, handler: ExportHandler): CallContext {
  const { observeRequest, clock = systemClock } = options;
  return {
    handler,
    admit: (sizeBytes) => handler.admit(sizeBytes),
    incoming: handler.incoming ?? new IncomingRequests(undefined, options.clock),
    maxMessageBytes: options.maxMessageBytes ?? 4 * MIB,
    requestTimeoutMillis: options.requestTimeoutMillis ?? 60_000,
    auth: options.auth,
    onInternalError: options.onInternalError ?? (() => {}),
    onRejected: options.onRejected,
    observe:
      observeRequest &&
      ((path, status, beganMillis) =>
        observeRequest(
          'rpc.server.call.duration',
          serverCallAttributes(path, status),
          clock.monotonic() - beganMillis,
        )),
  };
}
