import type { Socket } from 'node:net';
import type { Listener } from './listen.ts';

/** The connections that a server has accepted from its listener, and the shutdown of both. */
export class AcceptedSockets {
  readonly address: string;
  readonly #listener: Listener;
  readonly #shared: boolean;
  readonly #sockets = new Set<Socket>();
  readonly #stopAccepting: () => void;

  /**
   * Passes every connection to `handle`, after `adopt`, which may return a socket that replaces the accepted one. A
   * `shared` listener stays open on shutdown.
   */
  constructor(
    listener: Listener,
    shared: boolean,
    handle: (socket: Socket) => void,
    adopt: (accepted: Socket) => Socket = (accepted) => accepted,
  ) {
    this.address = listener.address;
    this.#listener = listener;
    this.#shared = shared;
    this.#stopAccepting = listener.accept((accepted, replaceWith) => {
      const socket = adopt(accepted);
      if (socket !== accepted) replaceWith(socket);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      handle(socket);
    });
  }

  get count(): number {
    return this.#sockets.size;
  }

  async stopAccepting(): Promise<void> {
    this.#stopAccepting();
    if (!this.#shared) await this.#listener.close();
  }

  /** Closes the open connections once their output has been passed to the kernel. */
  async close(): Promise<void> {
    await Promise.all([...this.#sockets].map(closeSocket));
  }
}

const FLUSH_MILLIS = 100;

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), FLUSH_MILLIS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.destroySoon();
  });
}

/** Counts requests in flight and reports when there are none. */
export class InFlight {
  #count = 0;
  #onIdle: (() => void) | undefined;

  begin(): void {
    this.#count++;
  }

  end(): void {
    this.#count--;
    if (this.#count === 0) this.#onIdle?.();
  }

  /** Resolves when no request is in flight, or after `graceMillis`. */
  idle(graceMillis: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMillis);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Resolves when `promise` does, or after `graceMillis`. */
export async function within(graceMillis: number, promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, graceMillis);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
