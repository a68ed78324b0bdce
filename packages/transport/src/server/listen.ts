import { lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../endpoint.ts';
import { openConnections } from './connection-limit.ts';

/** Thrown when a listening socket cannot be opened. The message contains the endpoint, the reason and the remedy. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** System error code, such as `EADDRINUSE`. */
  readonly code: string;
  readonly endpoint: string;

  constructor(message: string, code: string, endpoint: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
    this.endpoint = endpoint;
  }
}

/**
 * A listening socket, which is opened and closed by its owner. A server on a shared listener handles its connections
 * while it runs and leaves it open. Without a server, connections are queued, up to `backlog`.
 */
export interface Listener {
  /** The listening address with the actual port: `127.0.0.1:4317`, `[::1]:4317` or `unix:/path`. */
  readonly address: string;
  /** Passes all connections to `handle` from now on, queued ones first. Returns a function that stops this. */
  accept(handle: ConnectionHandler): () => void;
  close(): Promise<void>;
}

/**
 * Handles a connection. If another socket replaces the given one, it calls `replaceWith` so that the connection
 * continues to be counted.
 */
export type ConnectionHandler = (socket: net.Socket, replaceWith: (socket: net.Socket) => void) => void;

/** Options for `listen`. */
export interface ListenOptions {
  /**
   * Whether several threads or processes share the port, with connections distributed by the kernel. Defaults to
   * `false`.
   */
  readonly reusePort?: boolean;
  /** Length of the kernel's queue, and of the listener's queue while no server accepts connections. Defaults to 511. */
  readonly backlog?: number;
}

/** Listens on `127.0.0.1:4317`, `[::1]:0` or `unix:/path`. Throws `EndpointError` or `ListenError`. */
export async function listen(endpoint: string, options: ListenOptions = {}): Promise<Listener> {
  const target = parseEndpoint(endpoint);
  if (target.kind === 'unix') await removeStaleSocket(target.path);
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  await open(server, target, options);
  return new OwnedListener(server, addressOf(server, target), options.backlog ?? DEFAULT_BACKLOG);
}

const DEFAULT_BACKLOG = 511;

class OwnedListener implements Listener {
  readonly address: string;
  readonly #server: net.Server;
  /** Queued connections, each with the callback that replaces its socket. */
  readonly #queue = new Map<net.Socket, (socket: net.Socket) => void>();
  #handle: ConnectionHandler | undefined;

  constructor(server: net.Server, address: string, backlog: number) {
    this.#server = server;
    this.address = address;
    server.on('connection', (socket) => {
      const replaceWith = openConnections.accept(socket);
      if (replaceWith === undefined) socket.destroy();
      else if (this.#handle !== undefined) this.#handle(socket, replaceWith);
      else if (this.#queue.size < backlog) this.#enqueue(socket, replaceWith);
      else socket.destroy();
    });
    // An accept error, such as a lack of file descriptors, affects one connection and must not end the process.
    server.on('error', () => {});
  }

  accept(handle: ConnectionHandler): () => void {
    this.#handle = handle;
    const queued = [...this.#queue];
    this.#queue.clear();
    for (const [socket, replaceWith] of queued) {
      socket.removeAllListeners('error');
      handle(socket, replaceWith);
    }
    return () => {
      if (this.#handle === handle) this.#handle = undefined;
    };
  }

  close(): Promise<void> {
    for (const socket of this.#queue.keys()) socket.destroy();
    this.#queue.clear();
    return new Promise((resolve) => {
      // The `close` callback would wait for connections, which belong to the server that accepted them.
      if (!this.#server.listening) return resolve();
      this.#server.close();
      resolve();
    });
  }

  /** Queues a connection. Its socket does not read until it has a `data` listener, so nothing is lost. */
  #enqueue(socket: net.Socket, replaceWith: (socket: net.Socket) => void): void {
    this.#queue.set(socket, replaceWith);
    socket.on('error', () => this.#queue.delete(socket));
  }
}

function open(server: net.Server, target: Endpoint, options: ListenOptions): Promise<void> {
  const endpoint = formatEndpoint(target);
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(endpoint, error));
    server.once('error', fail);
    server.listen(
      {
        ...(target.kind === 'unix'
          ? { path: target.path }
          : { port: target.port, ...(target.host === '' ? {} : { host: target.host }) }),
        ...(options.reusePort === true ? { reusePort: true } : {}),
        backlog: options.backlog ?? DEFAULT_BACKLOG,
      },
      () => {
        server.off('error', fail);
        resolve();
      },
    );
  });
}

/** Returns the error for a failure to listen on an endpoint. */
export function listenError(endpoint: string, error: NodeJS.ErrnoException): ListenError {
  const code = error.code ?? 'UNKNOWN';
  return new ListenError(
    `${endpoint} ${REASONS[code] ?? `cannot be listened on: ${error.message}`}`,
    code,
    endpoint,
    error,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program; stop that program, or choose another endpoint',
  EACCES: 'is not permitted for this user; choose a port above 1023 or a writable directory',
  EADDRNOTAVAIL: 'is not an address of this machine; choose one that is, such as 127.0.0.1 or 0.0.0.0',
  ENOTFOUND: 'names an unknown host; choose an address of this machine',
  EAI_AGAIN: 'names an unknown host; choose an address of this machine',
  ENOTSUP: 'cannot be shared by several threads on this system; leave out `service.workers`, or set it to 1',
  ENOENT: 'is in a directory that does not exist; create it, or choose another path',
};

function addressOf(server: net.Server, target: Endpoint): string {
  const address = server.address();
  if (target.kind === 'unix' || address === null || typeof address === 'string') return formatEndpoint(target);
  return formatEndpoint({ kind: 'tcp', host: address.address, port: address.port });
}

/**
 * Removes the stale socket file of a killed program, which would block the path, unless a program accepts connections
 * on it.
 */
async function removeStaleSocket(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  const isInUse = await new Promise<boolean>((resolve) => {
    const socket = net.connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
  if (!isInUse) unlinkSync(path);
}
