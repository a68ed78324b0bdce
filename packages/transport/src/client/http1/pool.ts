import type { Destination } from '../destination.ts';
import { ClientConnection, type ConnectionLimits, type ConnectionOwner, type Exchange } from './connection.ts';

/** Connection pool limits. */
export interface PoolLimits extends ConnectionLimits {
  /** Maximum number of connections. Further requests are queued. */
  readonly maxConnections: number;
}

/** A pool of persistent connections to one destination, which determines whether they use TLS. */
export class ConnectionPool implements ConnectionOwner {
  readonly #destination: Destination;
  readonly #limits: PoolLimits;
  readonly #all = new Map<ClientConnection, Exchange | undefined>();
  /** Idle connections, used last in, first out, so that surplus ones reach their idle timeout. */
  readonly #idle: ClientConnection[] = [];
  readonly #waiting = new Set<Exchange>();

  constructor(destination: Destination, limits: PoolLimits) {
    this.#destination = destination;
    this.#limits = limits;
  }

  /** Sends a request as soon as a connection is available. Returns a function that cancels it. */
  send(exchange: Exchange): () => void {
    this.#waiting.add(exchange);
    this.#serve();
    return () => {
      if (this.#waiting.delete(exchange)) return;
      for (const [connection, current] of this.#all) if (current === exchange) connection.destroy();
    };
  }

  /** Closes all connections. */
  destroy(): void {
    for (const connection of this.#all.keys()) connection.destroy();
  }

  freed(connection: ClientConnection): void {
    this.#all.set(connection, undefined);
    this.#idle.push(connection);
    this.#serve();
  }

  closed(connection: ClientConnection): void {
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    this.#serve();
  }

  #serve(): void {
    for (const exchange of this.#waiting) {
      const connection = this.#idle.pop() ?? this.#open();
      if (connection === undefined) return;
      this.#waiting.delete(exchange);
      this.#all.set(connection, exchange);
      connection.send(exchange);
    }
  }

  #open(): ClientConnection | undefined {
    if (this.#all.size >= this.#limits.maxConnections) return undefined;
    return new ClientConnection(this.#destination.connect(['http/1.1']), this.#limits, this);
  }
}
