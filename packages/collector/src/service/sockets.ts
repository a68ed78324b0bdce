import type { ConnectionHandler, Listener } from '@otelier/transport';
import { parseEndpoint } from '@otelier/transport/endpoint';
import type { Endpoint, LeasedListener } from '../component/host.ts';

/** Opens a socket for a component. */
export type OpenSocket = (endpoint: string, place: Omit<Endpoint, 'address'>) => Promise<Listener>;

/** An open socket, and the lease whose component serves it. */
interface Socket {
  readonly key: string;
  readonly listener: Listener;
  holder: Held | undefined;
}

/** The part of a lease that the switch of a reload activates. */
interface Held {
  activate(): void;
}

/**
 * The listening sockets of the components of one thread, and their endpoints. During a reload, a component can lease the
 * socket of another one: with the switch it gets all further connections, and the release by the other one closes nothing.
 */
export class Sockets {
  readonly #open: OpenSocket;
  readonly #endpoints = new Set<Endpoint>();
  readonly #sockets = new Map<string, Socket>();
  /** What the switch of the current reload activates; `undefined` without a reload. */
  #suspended: Map<Socket, Held> | undefined;
  /** Leased sockets whose connections can be moved, with the function that moves one. */
  readonly movable = new Map<Listener, () => boolean>();

  constructor(open: OpenSocket) {
    this.#open = open;
  }

  async lease(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<LeasedListener> {
    const key = keyOf(endpoint, place);
    const shared = this.#suspended && this.#sockets.get(key);
    const socket = shared ?? { key, listener: await this.#open(endpoint, place), holder: undefined };
    this.#sockets.set(key, socket);
    const lease: SocketLease = new SocketLease(socket, this.movable, {
      announce: () => this.announce({ ...place, address: socket.listener.address }),
      forget: () => {
        if (this.#suspended?.get(socket) === lease) this.#suspended.delete(socket);
      },
      close: () => this.#close(socket),
    });
    if (this.#suspended === undefined) {
      socket.holder = lease;
      lease.activate();
    } else {
      this.#suspended.set(socket, lease);
    }
    return lease.leased;
  }

  /** Begins a reload: sockets that are leased from now on get no connections until `switch`. */
  suspend(): void {
    this.#suspended = new Map();
  }

  /** Gives the sockets leased since `suspend` to their new holders. */
  switch(): void {
    const suspended = this.#suspended ?? new Map<Socket, Held>();
    this.#suspended = undefined;
    for (const [socket, lease] of suspended) {
      socket.holder = lease;
      lease.activate();
    }
    this.#closeUnheld();
  }

  /** Ends a reload without a switch. Its leases must have been released. */
  resume(): void {
    this.#suspended = undefined;
    this.#closeUnheld();
  }

  announce(endpoint: Endpoint): () => void {
    const entry = { ...endpoint };
    this.#endpoints.add(entry);
    return () => {
      this.#endpoints.delete(entry);
    };
  }

  endpoints(): readonly Endpoint[] {
    return [...this.#endpoints];
  }

  /** Closes a socket whose holder is gone. During a reload it stays open for a successor. */
  async #close(socket: Socket): Promise<void> {
    if (this.#suspended !== undefined) return;
    if (this.#sockets.get(socket.key) === socket) this.#sockets.delete(socket.key);
    await socket.listener.close();
  }

  #closeUnheld(): void {
    for (const socket of this.#sockets.values()) if (socket.holder === undefined) void this.#close(socket);
  }
}

/** Returns the key of a socket. The system chooses another port for each port 0, so that those belong to components. */
function keyOf(endpoint: string, { component, protocol }: Omit<Endpoint, 'address'>): string {
  const parsed = parseEndpoint(endpoint);
  if (parsed.kind === 'unix') return `unix:${parsed.path}`;
  const host = parsed.host.toLowerCase();
  const address = `${host === 'localhost' ? '127.0.0.1' : host === '' ? '::' : host} ${parsed.port}`;
  return parsed.port === 0 ? `${component} ${protocol} ${address}` : address;
}

/** What a lease tells the owner of the sockets. */
interface SocketEvents {
  /** Registers the endpoint, until the returned function is called. */
  announce(): () => void;
  /** The lease is released, and must not be activated. */
  forget(): void;
  /** Closes the socket. */
  close(): Promise<void>;
}

/** A lease of a socket by one component. */
class SocketLease implements Held {
  readonly leased: LeasedListener;
  readonly #socket: Socket;
  readonly #announce: () => () => void;
  readonly #forget: () => void;
  readonly #movable: Map<Listener, () => boolean>;
  #active = false;
  #handler: ConnectionHandler | undefined;
  #stop: (() => void) | undefined;
  #withdraw: (() => void) | undefined;
  #moveConnection: (() => boolean) | undefined;

  constructor(socket: Socket, movable: Map<Listener, () => boolean>, { announce, forget, close }: SocketEvents) {
    this.#forget = forget;
    this.#socket = socket;
    this.#movable = movable;
    this.#announce = announce;
    this.leased = {
      listener: {
        address: socket.listener.address,
        accept: (handler) => this.#accept(handler),
        close: () => this.leased.release(),
      },
      movable: (moveConnection) => {
        this.#moveConnection = moveConnection;
        if (this.#active) movable.set(socket.listener, moveConnection);
      },
      release: async () => {
        this.#active = false;
        this.#forget();
        this.#withdraw?.();
        if (socket.holder !== this) return;
        socket.holder = undefined;
        movable.delete(socket.listener);
        this.#stop?.();
        await close();
      },
    };
  }

  activate(): void {
    this.#active = true;
    this.#withdraw = this.#announce();
    if (this.#handler !== undefined) this.#stop = this.#socket.listener.accept(this.#handler);
    if (this.#moveConnection !== undefined) this.#movable.set(this.#socket.listener, this.#moveConnection);
  }

  #accept(handler: ConnectionHandler): () => void {
    this.#handler = handler;
    if (this.#active) this.#stop = this.#socket.listener.accept(handler);
    return () => {
      this.#handler = undefined;
      this.#stop?.();
    };
  }
}
