import type { Clock } from '../../clock.ts';

/** How a client probes its connection; names and defaults are the Collector's (grpc-go's). */
export interface ClientKeepalive {
  /** The connection is probed this often. */
  readonly timeMillis: number;
  /** A connection that does not answer a probe within this is cut. Default 20,000. */
  readonly timeoutMillis?: number;
  /** Probe also while no call is on its way. Default `false`. */
  readonly permitWithoutStream?: boolean;
}

/** What a probe needs of its connection. */
export interface Probed {
  isBusy(): boolean;
  ping(): void;
  onSilence(): void;
}

/** Pings a connection from time to time, and tells when no answer comes. */
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

  /** The answer to a ping has come. */
  answered(): void {
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
