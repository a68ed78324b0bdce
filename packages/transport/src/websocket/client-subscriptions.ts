import type { Outcome, Signal } from '@otelier/otlp';
import type { Data } from './envelope.ts';
import { writeClientMessage } from './write-envelope.ts';

/** Options for a subscription to the telemetry that passes through a server. */
export interface LiveDataOptions {
  readonly signal: Signal;
  /** Condition in the syntax of the server's `filter` processor. If omitted, all telemetry is sent. */
  readonly condition?: string;
  /** Called with telemetry: a protobuf export request, and the number of items skipped before it. */
  readonly onData: (request: Uint8Array, skippedItems: number) => void;
  /** Called when the server rejects the subscription, which ends it. */
  readonly onRefused?: (reason: string) => void;
}

/** The subscriptions of one client, which outlive its connections. */
export class ClientSubscriptions {
  readonly #open = new Map<number, LiveDataOptions>();
  #send: ((message: Uint8Array) => void) | undefined;

  get count(): number {
    return this.#open.size;
  }

  add(id: number, options: LiveDataOptions): void {
    this.#open.set(id, options);
    this.#request(id, options);
  }

  remove(id: number): void {
    if (this.#open.delete(id)) this.#send?.(writeClientMessage({ kind: 'unsubscribe', id }));
  }

  /** Requests all subscriptions on a new connection. */
  ready(send: (message: Uint8Array) => void): void {
    this.#send = send;
    for (const [id, options] of this.#open) this.#request(id, options);
  }

  cut(): void {
    this.#send = undefined;
  }

  /** Handles the acknowledgment of a subscription. Returns `false` if no subscription has this ID. */
  acknowledged(id: number, outcome: Outcome): boolean {
    const options = this.#open.get(id);
    if (options === undefined) return false;
    if ('reason' in outcome) {
      this.#open.delete(id);
      options.onRefused?.(outcome.reason);
    }
    return true;
  }

  take({ id, body, skippedItems }: Data): void {
    this.#open.get(id)?.onData(body, skippedItems);
  }

  #request(id: number, { signal, condition = '' }: LiveDataOptions): void {
    this.#send?.(writeClientMessage({ kind: 'subscribe', id, signal, filter: condition }));
  }
}
