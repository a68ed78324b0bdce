import type { Clock } from '../../clock.ts';

/** Connection lifetime and keepalive options. Names and defaults match the Collector and grpc-go. */
export interface GrpcKeepalive {
  /** How long a connection may have no calls before it is closed. Unlimited by default. */
  readonly maxConnectionIdleMillis?: number;
  /** Age at which a connection is closed to rebalance clients, randomized by 10 %. Unlimited by default. */
  readonly maxConnectionAgeMillis?: number;
  /** Additional time for calls in flight. Unlimited by default. */
  readonly maxConnectionAgeGraceMillis?: number;
  /** Interval between keepalive pings. Defaults to two hours. */
  readonly timeMillis?: number;
  /** How long to wait for a ping acknowledgment before closing the connection. Defaults to 20,000. */
  readonly timeoutMillis?: number;
  /**
   * Minimum interval between a client's pings. Clients that ping more often are disconnected. No minimum by default.
   */
  readonly minTimeMillis?: number;
}

/** A connection managed by `ConnectionLife`. */
export interface WatchedConnection {
  /** Sends a PING, whose acknowledgment is reported through `ponged`. */
  ping(): void;
  /** Accepts no new calls and closes the connection once the current ones have ended. */
  leave(): void;
  destroy(): void;
  /** Closes the connection because the client pings too often. */
  sendAway(): void;
}

const TWO_HOURS_MILLIS = 7_200_000;
const MAX_STRIKES = 2;

/** Enforces the lifetime and keepalive of one connection until `closed` is called. */
export class ConnectionLife {
  readonly #connection: WatchedConnection;
  readonly #options: GrpcKeepalive;
  readonly #clock: Clock;
  readonly #timers = new Map<string, () => void>();
  #calls = 0;
  #idleSince: number;
  #lastPing = Number.NEGATIVE_INFINITY;
  #strikes = 0;

  /** `random` returns a number in [0, 1). */
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

  /** Counts a call that has begun. */
  began(): void {
    this.#calls += 1;
  }

  ended(): void {
    this.#calls -= 1;
    if (this.#calls === 0 && this.#options.maxConnectionIdleMillis !== undefined)
      this.#idleSince = this.#clock.monotonic();
  }

  /** Handles a PING from the client. As in grpc-go, the third one that arrives too early ends the connection. */
  pinged(): void {
    const { minTimeMillis } = this.#options;
    if (minTimeMillis === undefined) return;
    const now = this.#clock.monotonic();
    this.#strikes = now - this.#lastPing < minTimeMillis ? this.#strikes + 1 : 0;
    this.#lastPing = now;
    if (this.#strikes > MAX_STRIKES) this.#connection.sendAway();
  }

  /** Handles a ping acknowledgment. */
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

  /** Uses one timer for many calls: when it fires, computes the idle time and waits for the remainder. */
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
