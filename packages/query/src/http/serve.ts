import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import {
  ConnectionLimit,
  type ConnectionUse,
  formatEndpoint,
  ListenError,
  parseEndpoint,
  shareDescriptors,
} from '@otelier/transport';
import type { Api } from './create-api.ts';
import { isLoopback } from './security.ts';

/** What is served where. */
export interface ServeOptions {
  /** `127.0.0.1:4319`, `[::1]:0`, `localhost:4319`; `:4319` and `0.0.0.0:4319` are all addresses. */
  readonly endpoint: string;
  readonly api: Api;
  /** Whether others than this machine may be let in without credentials. */
  readonly allowUnauthenticated?: boolean | undefined;
}

/** The API while it listens. */
export interface ApiServer {
  /** Where it listens, with the real port: `127.0.0.1:4319`. */
  readonly address: string;
  /** Stops listening, ends streams, lets requests in flight finish for at most `graceMillis`. Safe twice. */
  shutdown(graceMillis?: number): Promise<void>;
}

/** An endpoint on which the API refuses to listen; the message says what to do. */
export class UnsafeEndpointError extends Error {
  override readonly name = 'UnsafeEndpointError';
}

/** Listens for requests to the API. Throws `EndpointError`, `UnsafeEndpointError` or `ListenError`. */
export async function serveApi({ endpoint, api, allowUnauthenticated = false }: ServeOptions): Promise<ApiServer> {
  const target = parseEndpoint(endpoint);
  if (target.kind === 'unix') throw new UnsafeEndpointError(`endpoint: expected host:port, got "${endpoint}"`);
  if (!isLoopback(target.host) && !api.authenticated && !allowUnauthenticated) throw unsafe(endpoint);
  const server = createServer(api);
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
      stopped ??= stop(server, api, graceMillis);
      return stopped;
    },
  };
}

function unsafe(endpoint: string): UnsafeEndpointError {
  return new UnsafeEndpointError(
    `endpoint: ${endpoint} can be reached from other machines, and everyone there could read all telemetry. ` +
      'Set a token for the workbench, or listen on 127.0.0.1, or set allow_unauthenticated: true if that is what you want',
  );
}

const REQUEST_MILLIS = 30_000;

function createServer(api: Api): Server {
  const server = createAdaptorServer({
    // Replacing the process's `Request` and `Response` would change them for everybody in it.
    overrideGlobalObjects: false,
    fetch: (request, env) => {
      const { localAddress, remoteAddress } = (env as HttpBindings).incoming.socket;
      return api.fetch(request, { localAddress, remoteAddress });
    },
    serverOptions: { requestTimeout: REQUEST_MILLIS, headersTimeout: REQUEST_MILLIS, keepAliveTimeout: 10_000 },
  }) as Server;
  const limit = new ConnectionLimit(shareDescriptors().workbench);
  server.prependListener('connection', (socket) => {
    if (limit.accept(socket) === undefined) socket.destroy();
    else limit.watch(socket, useOf(socket));
  });
  server.on('request', ({ socket }, response) => {
    const use = useOf(socket);
    use.requests += 1;
    response.on('close', () => {
      use.requests -= 1;
      use.servedMillis = performance.now();
    });
    // While we shut down, a connection that is kept alive would hold us up once its request has ended.
    response.on('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
  return server;
}

/** How a connection of the workbench is used. */
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
  // A connection that fails while it is accepted is no reason to end the process.
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

/** How long the answers to abandoned requests have to leave. */
const ABANDONED_MILLIS = 100;

async function stop(server: Server, api: Api, graceMillis: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  api.close();
  server.closeIdleConnections();
  let timer = setTimeout(() => {
    api.abandon();
    timer = setTimeout(() => server.closeAllConnections(), ABANDONED_MILLIS);
  }, graceMillis);
  await promise;
  clearTimeout(timer);
}
