import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { ConnectionLimit, type ConnectionUse } from '@otelier/transport/connection-limit';
import { shareDescriptors } from '@otelier/transport/descriptor-limit';
import { formatEndpoint, parseEndpoint } from '@otelier/transport/endpoint';
import { ListenError } from '@otelier/transport/listen';
import { http } from '@otelier/transport/node-http';
import { acceptTextSocket } from '@otelier/transport/text-socket';
import { refuseUpgrade } from '@otelier/transport/upgrade';
import type { Api } from './api-options.ts';
import { isLoopback } from './security.ts';
import { splitConnections } from './split-connections.ts';

/** Options for `serveApi`. */
export interface ServeOptions {
  /** Address such as `127.0.0.1:4319`, `[::1]:0` or `localhost:4319`. `:4319` and `0.0.0.0:4319` mean all addresses. */
  readonly endpoint: string;
  readonly api: Api;
  /** Whether other machines can connect without credentials. */
  readonly allowUnauthenticated?: boolean | undefined;
}

/** A listening API server. */
export interface ApiServer {
  /** Address with the actual port: `127.0.0.1:4319`. */
  readonly address: string;
  /** Stops listening, ends streams and waits up to `graceMillis` for requests in flight. Idempotent. */
  shutdown(graceMillis?: number): Promise<void>;
}

/** Thrown for an endpoint that would expose the API without credentials. The message lists the alternatives. */
export class UnsafeEndpointError extends Error {
  override readonly name = 'UnsafeEndpointError';
}

/** Starts serving the API. Throws `EndpointError`, `UnsafeEndpointError` or `ListenError`. */
export async function serveApi({ endpoint, api, allowUnauthenticated = false }: ServeOptions): Promise<ApiServer> {
  const target = parseEndpoint(endpoint);
  const error = apiEndpointError(endpoint, api.authenticated || allowUnauthenticated);
  if (target.kind === 'unix' || error !== undefined) throw new UnsafeEndpointError(`endpoint: ${error}`);
  const server = http.createServer(TIMEOUTS, listenerOf(api));
  const grpc = serveGrpc(server, api);
  watchServer(server, api);
  await listen(server, target.host, target.port, endpoint);
  const bound = server.address();
  const address =
    bound === null || typeof bound === 'string'
      ? endpoint
      : formatEndpoint({ kind: 'tcp', host: bound.address, port: bound.port });
  let stopped: Promise<void> | undefined;
  return {
    address,
    shutdown(graceMillis = 5000) {
      stopped ??= stop(server, api, grpc, graceMillis);
      return stopped;
    },
  };
}

/**
 * Returns why the API must not listen on an endpoint, or `undefined` if it may. `isOpen` permits other machines to
 * connect.
 */
export function apiEndpointError(endpoint: string, isOpen: boolean): string | undefined {
  const target = parseEndpoint(endpoint);
  if (target.kind === 'unix') return `expected host:port, got "${endpoint}"`;
  if (isOpen || isLoopback(target.host)) return undefined;
  return `expected a token or a loopback address such as 127.0.0.1, because other machines could read all telemetry, got "${endpoint}" without a token; allow_unauthenticated: true permits it`;
}

const REQUEST_MILLIS = 30_000;

const TIMEOUTS = { requestTimeout: REQUEST_MILLIS, headersTimeout: REQUEST_MILLIS, keepAliveTimeout: 10_000 };

/** Limits the connections of a server, and handles upgrades. */
function watchServer(server: Server, api: Api): void {
  const limit = new ConnectionLimit(shareDescriptors().workbench);
  server.prependListener('connection', (socket) => {
    if (limit.accept(socket) === undefined) socket.destroy();
    else limit.watch(socket, useOf(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    void upgrade(api, request, socket, head).catch(() => socket.destroy());
  });
  server.on('request', ({ socket }, response) => {
    const use = useOf(socket);
    use.requests += 1;
    response.on('close', () => {
      use.requests -= 1;
      use.servedMillis = performance.now();
    });
    // During shutdown, an idle keep-alive connection would delay the end.
    response.on('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
}

/** The connections of gRPC clients. */
interface GrpcConnections {
  /** Ends connections after the calls that are running, and those that have sent nothing. */
  close(): void;
  destroy(): void;
}

/** Serves gRPC on the connections of a server that use HTTP/2. Loads its dependencies with the first one. */
function serveGrpc(server: Server, api: Api): GrpcConnections {
  const sessions = new Set<ServerHttp2Session>();
  const undecided = splitConnections(server, REQUEST_MILLIS, (socket) => {
    void (async () => {
      const { serveGrpcConnection } = await import('../grpc/serve.ts');
      if (socket.destroyed) return;
      const use = useOf(socket);
      const onCall = (): (() => void) => {
        use.requests += 1;
        return () => {
          use.requests -= 1;
          use.servedMillis = performance.now();
        };
      };
      const session = serveGrpcConnection(socket, { fetch: api.fetch, onCall });
      sessions.add(session);
      session.once('close', () => sessions.delete(session));
      if (!server.listening) session.close();
    })();
  });
  return {
    close() {
      undecided.close();
      for (const session of sessions) session.close();
    },
    destroy() {
      for (const session of sessions) session.destroy();
    },
  };
}

/** Opens a WebSocket, or responds to a request for one that is rejected. */
async function upgrade(api: Api, incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const { headers, url = '/', method = 'GET' } = incoming;
  // Errors of a connection that ends early need no handling: `close` follows.
  socket.on('error', () => socket.destroy());
  const { localAddress, remoteAddress } = incoming.socket;
  const target = URL.parse(url, `http://${headers.host ?? ''}`);
  if (target === null || method !== 'GET') {
    refuseUpgrade(socket, 400, 'expected a GET request with a valid URL');
    return;
  }
  const list = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const opened = await api.upgrade(new Request(target, { headers: list }), { localAddress, remoteAddress });
  if (opened instanceof Response) {
    refuseUpgrade(socket, opened.status, (await opened.text()).trimEnd());
    return;
  }
  const use = useOf(incoming.socket);
  use.requests += 1;
  const accepted = await acceptTextSocket(incoming, socket, head);
  accepted.onClose(() => {
    use.requests -= 1;
  });
  opened(accepted);
}

/** Returns a listener that loads its dependencies on the first request, which saves megabytes in an idle gateway. */
function listenerOf(api: Api): RequestListener {
  let loading: Promise<RequestListener> | undefined;
  return async (incoming, outgoing) => {
    loading ??= loadListener(api);
    (await loading)(incoming, outgoing);
  };
}

async function loadListener(api: Api): Promise<RequestListener> {
  const { getRequestListener } = await import('@hono/node-server');
  const respond = (request: Request, env: unknown): Promise<Response> => {
    const { localAddress, remoteAddress } = (env as HttpBindings).incoming.socket;
    return api.fetch(request, { localAddress, remoteAddress });
  };
  // Replacing the global `Request` and `Response` would affect the whole process.
  return getRequestListener(respond, { overrideGlobalObjects: false });
}

/** The activity of a workbench connection. */
class SocketUse implements ConnectionUse {
  requests = 0;
  servedMillis: number | undefined;

  get isBusy(): boolean {
    return this.requests > 0;
  }
}

const USES = new WeakMap<Socket, SocketUse>();

function useOf(socket: Socket): SocketUse {
  const use = USES.get(socket) ?? new SocketUse();
  USES.set(socket, use);
  return use;
}

async function listen(server: Server, host: string, port: number, endpoint: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, ...(host !== '' && { host }) }, resolve);
  try {
    await promise;
  } catch (error) {
    throw listenError(endpoint, error as NodeJS.ErrnoException);
  }
  server.removeListener('error', reject);
  // A failed accept must not end the process.
  server.on('error', () => {});
}

function listenError(endpoint: string, cause: NodeJS.ErrnoException): ListenError {
  const reason = WHY[cause.code ?? ''] ?? `cannot be listened on: ${cause.message}`;
  return new ListenError(`${endpoint} ${reason}`, cause.code ?? 'UNKNOWN', endpoint, cause);
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'is in use by another program, perhaps another otelier; stop that program, or give the workbench another endpoint',
  EACCES: 'may not be listened on by this user; choose a port above 1023',
  EADDRNOTAVAIL: 'is not an address of this machine; choose one that is, such as 127.0.0.1',
  ENOTFOUND: 'names a host that is not known; choose an address of this machine, such as 127.0.0.1',
};

/** How long to wait for the responses to abandoned requests to be sent. */
const ABANDONED_MILLIS = 100;

async function stop(server: Server, api: Api, grpc: GrpcConnections, graceMillis: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  api.close();
  grpc.close();
  server.closeIdleConnections();
  let timer = setTimeout(() => {
    api.abandon();
    timer = setTimeout(() => {
      server.closeAllConnections();
      grpc.destroy();
    }, ABANDONED_MILLIS);
  }, graceMillis);
  await promise;
  clearTimeout(timer);
}
