import type { Clock } from '../../clock.ts';

/** Keepalive options of a client connection. Names and defaults match the Collector and grpc-go. */
export interface ClientKeepalive {
  /** Interval between probes. */
  readonly timeMillis: number;
  /** How long to wait for a ping acknowledgment before closing the connection. Defaults to 20,000. */
  readonly timeoutMillis?: number;
  /** Whether to send pings when no calls are in flight. Defaults to `false`. */
  readonly permitWithoutStream?: boolean;
}

/** The connection that a `Probe` pings. */
export interface Probed {
  isBusy(): boolean;
  ping(): void;
  onSilence(): void;
}

/** Pings a connection periodically and reports a missing acknowledgment. */
export class Probe {
  readonly #keepalive: ClientKeepalive;
  readonly #clock: Clock;
  readonly #probed: Probed;
  #cancel = () => {};
  #isAwaiting = false;

  constructor(keepalive: ClientKeepalive, clock: Clock, probed: Probed) {
    this.#keepalive = keepalive;
    this.#clock = clock;
    this.#probed = probed;
    this.#wait();
  }

  /** Handles the acknowledgment of a ping. */
  acknowledged(): void {
    if (!this.#isAwaiting) return;
    this.#cancel();
    this.#wait();
  }

  stop(): void {
    this.#cancel();
  }

  #wait(): void {
    this.#isAwaiting = false;
    this.#cancel = this.#clock.setTimeout(() => this.#probe(), this.#keepalive.timeMillis);
  }

  #probe(): void {
    if (!this.#probed.isBusy() && this.#keepalive.permitWithoutStream !== true) {
      this.#wait();
      return;
    }
    this.#isAwaiting = true;
    this.#cancel = this.#clock.setTimeout(() => this.#probed.onSilence(), this.#keepalive.timeoutMillis ?? 20_000);
    this.#probed.ping();
  }
}
