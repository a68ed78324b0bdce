import type { Socket } from 'node:net';
import type { Listener } from './listen.ts';

/** Connections that a server has accepted from its listening socket, and the end of both. */
export class AcceptedSockets {
  readonly address: string;
  readonly #listener: Listener;
  readonly #borrowed: boolean;
  readonly #sockets = new Set<Socket>();
  readonly #stopAccepting: () => void;

  /**
   * Hands every connection to `take`, after `adopt`, which may give another socket that goes on in its place. A
   * `borrowed` listener is left open at the end.
   */
  constructor(
    listener: Listener,
    borrowed: boolean,
    take: (socket: Socket) => void,
    adopt: (accepted: Socket) => Socket = (accepted) => accepted,
  ) {
    this.address = listener.address;
    this.#listener = listener;
    this.#borrowed = borrowed;
    this.#stopAccepting = listener.accept((accepted, goesOnAs) => {
      const socket = adopt(accepted);
      if (socket !== accepted) goesOnAs(socket);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      take(socket);
    });
  }

  get count(): number {
    return this.#sockets.size;
  }

  async stopAccepting(): Promise<void> {
    this.#stopAccepting();
    if (!this.#borrowed) await this.#listener.close();
  }

  /** Closes what is still open, once what has been written has reached the kernel. */
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

/** Counts what is in flight, and tells when nothing is any more. */
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

  /** Resolves once nothing is in flight, or after `graceMillis`. */
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

/** Resolves with `promise`, or after `graceMillis`. */
export async function within(graceMillis: number, promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, graceMillis);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
