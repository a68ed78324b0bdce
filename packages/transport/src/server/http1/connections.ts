import type { Socket } from 'node:net';
import type { TakeBytes } from '../standing-buffer.ts';
import { HttpConnection } from './connection.ts';
import type { HttpService } from './service.ts';

/** The connections of one server, and one timer that watches over them all. */
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

  /** Serves a connection until it ends; gives what takes the bytes that are read from it. */
  serve(socket: Socket): TakeBytes {
    const connection = new HttpConnection(socket, this.#service);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
    return (buffer, length) => connection.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
  }

  /** Makes the next answer of a connection in use its last; `false` when none is in use. */
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

  /** Ends idle connections now and the others with their next answer; resolves when all have had it. */
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
    const { responses: answers, clock } = this.#service;
    answers.setTime(clock.now());
    const nowMillis = clock.monotonic();
    for (const connection of this.#connections) connection.sweep(nowMillis);
    this.#sweepLater();
  }
}

/** Keeps the date in answers right to the second. */
const MAX_SWEEP_MILLIS = 1000;
const MIN_SWEEP_MILLIS = 20;
/** A connection that has had a request within this is in use. */
const IN_USE_MILLIS = 10_000;
