import { type Outcome, SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import type { WebSocket } from 'ws';
import { printable } from '../server/decompress-body.ts';
import type { Subscribe } from './envelope.ts';
import { writeData } from './write-envelope.ts';

/** A subscription filter. */
export interface SubscriptionFilter {
  readonly signal: Signal;
  /** Condition that items must match; empty for all items. Its syntax is defined by the `OpenSubscription` callback. */
  readonly condition: string;
}

/** Receives the telemetry of a subscription. The parts form a protobuf export request. Never throws. */
export type SubscriptionListener = (parts: readonly Uint8Array[], itemCount: number) => void;

/** Opens a subscription, or returns the reason why it cannot. */
export type OpenSubscription = (
  filter: SubscriptionFilter,
  listener: SubscriptionListener,
) => { readonly kind: 'open'; end(): void } | { readonly kind: 'refused'; readonly reason: string };

/** Maximum number of subscriptions per connection. */
const MAX_SUBSCRIPTIONS = 16;

/**
 * Size of unread output above which a client misses telemetry until it has caught up. The number of skipped items is
 * reported.
 */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

/** The subscriptions of a connection. */
export class ServerSubscriptions {
  readonly #ws: WebSocket;
  readonly #open: OpenSubscription | undefined;
  readonly #ends = new Map<number, () => void>();

  constructor(ws: WebSocket, open: OpenSubscription | undefined) {
    this.#ws = ws;
    this.#open = open;
  }

  get count(): number {
    return this.#ends.size;
  }

  /** Opens or rejects a subscription. */
  subscribe({ id, signal: name, filter: condition }: Subscribe): Outcome {
    if (this.#open === undefined) return refused('this server does not offer subscriptions');
    if (this.#ends.has(id)) return refused(`the subscription ${id} is open already`);
    if (this.#ends.size >= MAX_SUBSCRIPTIONS) return refused(`expected at most ${MAX_SUBSCRIPTIONS} subscriptions`);
    const signal = SIGNAL_NAMES.find((candidate) => candidate === name);
    if (signal === undefined)
      return refused(`signal: expected one of ${SIGNAL_NAMES.join(', ')}, got ${printable(name)}`);
    const opened = this.#open({ signal, condition }, this.#sender(id));
    if (opened.kind === 'refused') return opened;
    this.#ends.set(id, opened.end);
    return { kind: 'accepted' };
  }

  unsubscribe(id: number): void {
    this.#ends.get(id)?.();
    this.#ends.delete(id);
  }

  end(): void {
    for (const id of [...this.#ends.keys()]) this.unsubscribe(id);
  }

  #sender(id: number): SubscriptionListener {
    let skippedItems = 0;
    return (parts, itemCount) => {
      if (this.#ws.bufferedAmount > MAX_UNSENT_BYTES) {
        skippedItems += itemCount;
        return;
      }
      this.#ws.send(writeData(id, skippedItems, parts));
      skippedItems = 0;
    };
  }
}

function refused(reason: string): Outcome {
  return { kind: 'refused', reason };
}
