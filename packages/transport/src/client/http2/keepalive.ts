import type { Clock } from '../../clock.ts';

/** Probing of a client's connection; names and defaults are those of the Collector and grpc-go. */
export interface ClientKeepalive {
  /** Interval between probes. */
  readonly timeMillis: number;
  /** Time without acknowledgment of a probe after which the connection is closed. Default 20,000. */
  readonly timeoutMillis?: number;
  /** Whether to probe without calls in flight. Default `false`. */
  readonly permitWithoutStream?: boolean;
}

/** The connection of a `Probe`. */
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
