import { lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../endpoint.ts';
import { openConnections } from './connection-limit.ts';

/** Thrown when a socket cannot be opened for listening; the message says which, why, and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's code, such as `EADDRINUSE`. */
  readonly code: string;
  readonly endpoint: string;

  constructor(message: string, code: string, endpoint: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
    this.endpoint = endpoint;
  }
}

/**
 * A socket that listens. Its owner opens it and closes it; a server that is lent one takes its connections while it
 * runs and leaves it open. Without a server, connections wait in a queue of at most `backlog`.
 */
export interface Listener {
  /** Where it listens, with the real port: `127.0.0.1:4317`, `[::1]:4317` or `unix:/path`. */
  readonly address: string;
  /** Hands every connection from now on to `take`, those that wait first; the returned function stops that. */
  accept(take: TakeConnection): () => void;
  close(): Promise<void>;
}

/** Takes a connection. Who goes on with another socket in its place says so, for those that watch the connection. */
export type TakeConnection = (socket: net.Socket, goesOnAs: (socket: net.Socket) => void) => void;

/** How a socket is opened. */
export interface ListenOptions {
  /** Several threads or processes listen on one port, and the kernel spreads connections. Default `false`. */
  readonly reusePort?: boolean;
  /** Length of the kernel's queue, and of ours while nobody accepts. Default 511. */
  readonly backlog?: number;
}

/** Opens a socket at `127.0.0.1:4317`, `[::1]:0` or `unix:/path`; throws `EndpointError` or `ListenError`. */
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
  /** With what is told of a socket that goes on in the place of one. */
  readonly #waiting = new Map<net.Socket, (socket: net.Socket) => void>();
  #take: TakeConnection | undefined;

  constructor(server: net.Server, address: string, backlog: number) {
    this.#server = server;
    this.address = address;
    server.on('connection', (socket) => {
      const continueAs = openConnections.accept(socket);
      if (continueAs === undefined) socket.destroy();
      else if (this.#take !== undefined) this.#take(socket, continueAs);
      else if (this.#waiting.size < backlog) this.#wait(socket, continueAs);
      else socket.destroy();
    });
    // An error of accept (no file descriptor left) concerns one connection and must not end the program.
    server.on('error', () => {});
  }

  accept(take: TakeConnection): () => void {
    this.#take = take;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [socket, continueAs] of waiting) {
      socket.removeAllListeners('error');
      take(socket, continueAs);
    }
    return () => {
      if (this.#take === take) this.#take = undefined;
    };
  }

  close(): Promise<void> {
    for (const socket of this.#waiting.keys()) socket.destroy();
    this.#waiting.clear();
    return new Promise((resolve) => {
      // The callback waits for connections, which belong to the server that accepted them.
      if (!this.#server.listening) return resolve();
      this.#server.close();
      resolve();
    });
  }

  /** Sockets do not read until somebody listens for data, so nothing is lost while they wait. */
  #wait(socket: net.Socket, continueAs: (socket: net.Socket) => void): void {
    this.#waiting.set(socket, continueAs);
    socket.on('error', () => this.#waiting.delete(socket));
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

/** Why an endpoint cannot be listened on. */
export function listenError(endpoint: string, error: NodeJS.ErrnoException): ListenError {
  const code = error.code ?? 'UNKNOWN';
  return new ListenError(
    `${endpoint} ${WHY[code] ?? `cannot be listened on: ${error.message}`}`,
    code,
    endpoint,
    error,
  );
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program; stop that program, or choose another endpoint',
  EACCES: 'may not be listened on by this user; choose a port above 1023 or a folder that it may write to',
  EADDRNOTAVAIL: 'is not an address of this machine; choose one that is, such as 127.0.0.1 or 0.0.0.0',
  ENOTFOUND: 'names a host that is not known; choose an address of this machine',
  EAI_AGAIN: 'names a host that is not known; choose an address of this machine',
  ENOTSUP: 'cannot be shared by several threads on this system; leave out `service.workers`, or set it to 1',
  ENOENT: 'is in a folder that does not exist; create the folder, or choose another path',
};

function addressOf(server: net.Server, target: Endpoint): string {
  const address = server.address();
  if (target.kind === 'unix' || address === null || typeof address === 'string') return formatEndpoint(target);
  return formatEndpoint({ kind: 'tcp', host: address.address, port: address.port });
}

/** A program that was killed leaves its socket's file, which would block the path: it goes when nobody answers on it. */
async function removeStaleSocket(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  const responses = await new Promise<boolean>((resolve) => {
    const socket = net.connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
  if (!responses) unlinkSync(path);
}
