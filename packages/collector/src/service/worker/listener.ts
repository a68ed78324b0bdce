import type { Socket } from 'node:net';
import type { ConnectionHandler, Listener } from '@otelier/transport';

/** A listening socket that counts the bytes received on its connections. */
export class WatchedListener implements Listener {
  readonly address: string;
  readonly #listener: Listener;
  /** Bytes received on each open connection as of the last call to `takeBytes`. */
  readonly #seen = new Map<Socket, number>();

  readonly #closed: () => void;

  constructor(listener: Listener, closed: () => void) {
    this.address = listener.address;
    this.#listener = listener;
    this.#closed = closed;
  }

  accept(take: ConnectionHandler): () => void {
    return this.#listener.accept((socket, goesOnAs) => {
      this.#watch(socket);
      take(socket, (other) => {
        this.#watch(other);
        goesOnAs(other);
      });
    });
  }

  close(): Promise<void> {
    this.#closed();
    return this.#listener.close();
  }

  #watch(socket: Socket): void {
    this.#seen.set(socket, 0);
    socket.once('close', () => this.#seen.delete(socket));
  }

  /** Returns the bytes received on each connection since the last call, omitting idle connections. */
  takeBytes(): number[] {
    const bytes: number[] = [];
    for (const [socket, before] of this.#seen) {
      const now = socket.bytesRead;
      if (now === before) continue;
      this.#seen.set(socket, now);
      bytes.push(now - before);
    }
    return bytes;
  }
}
