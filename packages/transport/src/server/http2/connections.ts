import { InFlight } from '../drain.ts';
import type { Connection } from './connection.ts';

/** The connections of one server. */
export class Connections {
  readonly #all = new Set<Connection>();
  readonly #inUse = new InFlight();
  #isLeaving = false;

  add(connection: Connection): void {
    this.#all.add(connection);
    this.#inUse.begin();
    // Its TLS handshake has only just completed.
    if (this.#isLeaving) connection.leave();
  }

  /** Marks a connection as no longer in use, even though its socket may still be open. */
  left(): void {
    this.#inUse.end();
  }

  delete(connection: Connection): void {
    this.#all.delete(connection);
  }

  sweep(nowMillis: number): void {
    for (const connection of this.#all) connection.sweep(nowMillis);
  }

  /** Asks the client of the busiest connection to reconnect. Returns `false` if no connection is busy. */
  moveBusiest(): boolean {
    let busiest: Connection | undefined;
    for (const connection of this.#all) if (connection.load > (busiest?.load ?? 0)) busiest = connection;
    busiest?.leave();
    return busiest !== undefined;
  }

  /** Asks all clients to disconnect. Resolves when no connection is in use, or after `graceMillis`. */
  leave(graceMillis: number): Promise<void> {
    this.#isLeaving = true;
    for (const connection of this.#all) connection.leave();
    return this.#inUse.idle(graceMillis);
  }
}
