import type { Clock } from '../../clock.ts';

/** How long connections live and how they are probed; names and defaults are the Collector's (grpc-go's). */
export interface GrpcKeepalive {
  /** A connection without a call for so long is closed. Default never. */
  readonly maxConnectionIdleMillis?: number;
  /** A connection is closed at this age (a tenth more or less), so that clients spread anew. Default never. */
  readonly maxConnectionAgeMillis?: number;
  /** What calls in flight may take beyond that. Default without end. */
  readonly maxConnectionAgeGraceMillis?: number;
  /** A connection is probed this often. Default two hours. */
  readonly timeMillis?: number;
  /** A connection that does not answer a probe within this is cut. Default 20,000. */
  readonly timeoutMillis?: number;
  /** A client that probes more often than this is sent away. Default: it may. */
  readonly minTimeMillis?: number;
}

/** What can be done with a connection that is watched over. */
export interface WatchedConnection {
  /** Asks for a sign of life, which is told by `ponged`. */
  ping(): void;
  /** Ends it when its calls have ended, and takes no new ones. */
  leave(): void;
  destroy(): void;
  /** Ends it because the client probes too often. */
  sendAway(): void;
}

const TWO_HOURS_MILLIS = 7_200_000;
const MAX_STRIKES = 2;

/** Watches over one connection from its beginning until `closed`. */
export class ConnectionLife {
  readonly #connection: WatchedConnection;
  readonly #options: GrpcKeepalive;
  readonly #clock: Clock;
  readonly #timers = new Map<string, () => void>();
  #calls = 0;
  #idleSince: number;
  #lastPing = Number.NEGATIVE_INFINITY;
  #strikes = 0;

  /** `random` gives a number in [0, 1). */
  constructor(connection: WatchedConnection, options: GrpcKeepalive, clock: Clock, random: () => number = Math.random) {
    this.#connection = connection;
    this.#options = options;
    this.#clock = clock;
    this.#idleSince = clock.monotonic();
    this.#probeLater();
    const { maxConnectionAgeMillis, maxConnectionIdleMillis } = options;
    if (maxConnectionAgeMillis !== undefined) {
      this.#after('age', maxConnectionAgeMillis * (0.9 + random() * 0.2), () => this.#aged());
    }
    if (maxConnectionIdleMillis !== undefined) this.#closeWhenIdle(maxConnectionIdleMillis, maxConnectionIdleMillis);
  }

  /** A call has begun, or ended. */
  began(): void {
    this.#calls += 1;
  }

  ended(): void {
    this.#calls -= 1;
    if (this.#calls === 0 && this.#options.maxConnectionIdleMillis !== undefined)
      this.#idleSince = this.#clock.monotonic();
  }

  /** The client has probed us. As in grpc-go, the third probe that comes too early ends the connection. */
  pinged(): void {
    const { minTimeMillis } = this.#options;
    if (minTimeMillis === undefined) return;
    const now = this.#clock.monotonic();
    this.#strikes = now - this.#lastPing < minTimeMillis ? this.#strikes + 1 : 0;
    this.#lastPing = now;
    if (this.#strikes > MAX_STRIKES) this.#connection.sendAway();
  }

  /** The client has answered our probe. */
  ponged(): void {
    this.#cancel('dead');
    this.#probeLater();
  }

  closed(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #probeLater(): void {
    this.#after('probe', this.#options.timeMillis ?? TWO_HOURS_MILLIS, () => {
      this.#after('dead', this.#options.timeoutMillis ?? 20_000, () => this.#connection.destroy());
      this.#connection.ping();
    });
  }

  #aged(): void {
    const { maxConnectionAgeGraceMillis } = this.#options;
    if (maxConnectionAgeGraceMillis !== undefined) {
      this.#after('grace', maxConnectionAgeGraceMillis, () => this.#connection.destroy());
    }
    this.#connection.leave();
  }

  /** One timer for many calls: when it is due, it looks how long there has been none, and waits for what is missing. */
  #closeWhenIdle(idleMillis: number, waitMillis: number): void {
    this.#after('idle', waitMillis, () => {
      const idleFor = this.#calls > 0 ? 0 : this.#clock.monotonic() - this.#idleSince;
      if (idleFor >= idleMillis) this.#connection.leave();
      else this.#closeWhenIdle(idleMillis, idleMillis - idleFor);
    });
  }

  #after(name: string, millis: number, fn: () => void): void {
    const cancel = this.#clock.setTimeout(() => {
      this.#timers.delete(name);
      fn();
    }, millis);
    this.#timers.set(name, cancel);
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }
}
