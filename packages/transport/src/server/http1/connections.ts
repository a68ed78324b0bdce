import type { Socket } from 'node:net';
import type { BytesHandler } from '../shared-read-buffer.ts';
import { HttpConnection } from './connection.ts';
import type { HttpService } from './service.ts';

/** The connections of one server, with a single timer for all their timeouts. */
export class HttpConnections {
  readonly #service: HttpService;
  readonly #connections = new Set<HttpConnection>();
  readonly #sweepMillis: number;
  #stopSweep: () => void = () => {};

  constructor(service: HttpService) {
    this.#service = service;
    const { headersTimeoutMillis, requestTimeoutMillis, idleTimeoutMillis } = service.limits;
    const shortest = Math.min(headersTimeoutMillis, requestTimeoutMillis, idleTimeoutMillis);
    this.#sweepMillis = Math.min(MAX_SWEEP_MILLIS, Math.max(MIN_SWEEP_MILLIS, shortest / 4));
    this.#sweepLater();
  }

  /** Serves a connection until it ends. Returns the handler for the bytes read from it. */
  serve(socket: Socket): BytesHandler {
    const connection = new HttpConnection(socket, this.#service);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
    return (buffer, length) => connection.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
  }

  /** Makes the next response of an active connection its last. Returns `false` if no connection is active. */
  moveOne(): boolean {
    const since = this.#service.clock.monotonic() - IN_USE_MILLIS;
    let busiest: HttpConnection | undefined;
    for (const connection of this.#connections) {
      if (connection.isLeaving || connection.activeMillis < since) continue;
      if (busiest === undefined || connection.activeMillis > busiest.activeMillis) busiest = connection;
    }
    busiest?.moveOn();
    return busiest !== undefined;
  }

  /**
   * Closes idle connections immediately and all others after their next response. Resolves when all of those have been
   * written.
   */
  async leave(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.leave()));
  }

  stop(): void {
    this.#stopSweep();
  }

  #sweepLater(): void {
    this.#stopSweep = this.#service.clock.setTimeout(() => this.#sweep(), this.#sweepMillis);
  }

  #sweep(): void {
    const { responses, clock } = this.#service;
    responses.setTime(clock.now());
    const nowMillis = clock.monotonic();
    for (const connection of this.#connections) connection.sweep(nowMillis);
    this.#sweepLater();
  }
}

/** Keeps the `Date` header accurate to the second. */
const MAX_SWEEP_MILLIS = 1000;
const MIN_SWEEP_MILLIS = 20;
/** A connection is in use if it had a request within this time. */
const IN_USE_MILLIS = 10_000;
