import { ACCEPTED, type Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport/portable';
import { suppress } from '../context/suppression.ts';
import type { FlushResult, Request, SendOutcome, SignalHealth } from '../delivery/contract.ts';
import { Delivery } from '../delivery/delivery.ts';
import type { Envelope } from '../delivery/envelope.ts';
import type { DeliveryListener } from '../delivery/health.ts';
import { Health } from '../delivery/health.ts';
import type { Deliverable } from '../delivery/pending-request.ts';
import type { ScopeBuffer } from '../delivery/scope-buffer.ts';
import type { Item } from '../items/item.ts';
import { Resource } from '../resource.ts';
import type { Scope } from '../scope.ts';
import { connect } from './connect.ts';
import type { ClientOptions } from './options.ts';
import type { Platform } from './platform.ts';
import { sealedTransport } from './sealed-transport.ts';

/**
 * A client that sends telemetry to one destination. Providers of several signals can share a client with its queue and
 * limits.
 */
export class Client {
  /** The resource that the telemetry describes. */
  readonly resource: Resource;
  /** The clock that drives batches, retries and intervals. */
  readonly clock: Clock;
  readonly #delivery: Delivery;
  readonly #health: Health;
  readonly #hold: () => () => void;
  readonly #forgetExit: () => void;
  /** Callbacks to run before the final flush. */
  readonly #atExit = new Set<AtExit>();
  #users = 0;

  constructor(options: ClientOptions, platform: Platform) {
    const { network } = platform;
    const { clock = network.clock, log = console.warn, transport, seal, flushOnExit } = options;
    this.clock = clock;
    this.resource = new Resource(platform.resource?.() ?? {}).with(options.resource);
    this.#health = new Health(clock, log);
    const direct = transport ?? connect(options, { ...network, clock }, (event) => this.#health.emit(event));
    this.#delivery = new Delivery(
      { ...options, batch: { ...platform.batch, ...options.batch } },
      {
        client: seal === undefined ? direct : sealedTransport(direct, seal),
        health: this.#health,
        clock,
        suppress,
      },
    );
    this.#hold = network.hold;
    this.#forgetExit =
      flushOnExit === false ? () => {} : platform.onExit((isRepeated) => this.#flushAtExit(isRepeated));
  }

  /**
   * Encodes an item and adds it to the current batch. Never blocks or throws; items that exceed the queue's capacity
   * are counted as lost.
   */
  record(item: Item, scope?: Scope): void {
    item.recorder.record(this, item, scope);
  }

  /** Sends items of one signal as a separate request. Waits for queue capacity and resolves with the outcome. */
  async send(items: Item | readonly Item[], scope?: Scope): Promise<SendOutcome> {
    const list = [items].flat() as readonly Item[];
    const [first] = list;
    return first === undefined ? ACCEPTED : this.#held(first.recorder.send(this, list, scope));
  }

  /** Returns the buffer into which a provider encodes the items of one scope. */
  scopeBuffer(signal: Signal, envelope: Envelope): ScopeBuffer {
    return this.#delivery.scopeBuffer(signal, envelope);
  }

  /** Queues a complete request. If the queue is full, counts its items as lost and returns `false`. */
  enqueue(request: Request): boolean {
    return this.#delivery.enqueue(request);
  }

  /**
   * Sends a complete request. Waits for queue capacity and resolves with the outcome. Does not keep the process alive.
   */
  deliver(request: Deliverable): Promise<SendOutcome> {
    return this.#delivery.deliver(request);
  }

  /**
   * Sends all recorded items and waits until each has an outcome or the timeout (default 30,000) expires. Never
   * rejects.
   */
  flush(timeoutMillis?: number): Promise<FlushResult> {
    return this.#held(this.#delivery.flush(timeoutMillis));
  }

  /** Flushes, drops the remaining items and closes the connections. Idempotent. Never rejects. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    this.#forgetExit();
    return this.#held(this.#delivery.shutdown(timeoutMillis));
  }

  /** Delivery statistics for each signal that has had telemetry. */
  get health(): Partial<Readonly<Record<Signal, SignalHealth>>> {
    return this.#health.snapshot();
  }

  /** Adds a listener for delivery events. Returns a function that removes it. */
  subscribe(listener: DeliveryListener): () => void {
    return this.#health.subscribe(listener);
  }

  /**
   * Registers a user of the client. Returns a function that removes it again and flushes; removing the last user shuts
   * the client down. `atExit` records remaining items when the process or page may be about to end.
   */
  join(atExit?: AtExit): (timeoutMillis?: number) => Promise<FlushResult> {
    this.#users++;
    if (atExit !== undefined) this.#atExit.add(atExit);
    let leaving: Promise<FlushResult> | undefined;
    return (timeoutMillis) => {
      if (leaving === undefined) {
        if (atExit !== undefined) this.#atExit.delete(atExit);
        this.#users--;
        leaving = this.#users === 0 ? this.shutdown(timeoutMillis) : this.flush(timeoutMillis);
      }
      return leaving;
    };
  }

  /**
   * Runs the callbacks and flushes. Awaits only actual promises, because a closing page has no time for extra
   * microtasks.
   */
  async #flushAtExit(isRepeated = false): Promise<FlushResult> {
    for (const pending of [...this.#atExit].map((record) => record(isRepeated)))
      if (pending !== undefined) await pending;
    return this.#delivery.flush();
  }

  /** Keeps the process alive while the program awaits the result. Queued items alone do not keep it alive. */
  async #held<T>(result: Promise<T>): Promise<T> {
    const release = this.#hold();
    try {
      return await result;
    } finally {
      release();
    }
  }
}

/**
 * Records the remaining items. `isRepeated` is true if it has run before and the process is about to end again. Returns
 * a promise only if there is something to await.
 */
type AtExit = (isRepeated: boolean) => Promise<void> | undefined;
