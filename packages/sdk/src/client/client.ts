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

/** Sends telemetry to one place. Providers of several signals may share one, and so share its queue and its bound. */
export class Client {
  /** What the telemetry comes from. */
  readonly resource: Resource;
  /** Time for batches, retries and whatever is done in intervals. */
  readonly clock: Clock;
  readonly #delivery: Delivery;
  readonly #health: Health;
  readonly #hold: () => () => void;
  readonly #forgetExit: () => void;
  /** What is done before the last flush. */
  readonly #atExit = new Set<AtExit>();
  #users = 0;

  constructor(options: ClientOptions, platform: Platform) {
    const { network } = platform;
    const { clock = network.clock, log = console.warn, transport, flushOnExit } = options;
    this.clock = clock;
    this.resource = new Resource(platform.resource?.() ?? {}).with(options.resource);
    this.#health = new Health(clock, log);
    this.#delivery = new Delivery(
      { ...options, batch: { ...platform.batch, ...options.batch } },
      {
        client: transport ?? connect(options, { ...network, clock }, (event) => this.#health.emit(event)),
        health: this.#health,
        clock,
        suppress,
      },
    );
    this.#hold = network.hold;
    this.#forgetExit = flushOnExit === false ? () => {} : platform.onExit((isAgain) => this.#flushAtExit(isAgain));
  }

  /** Records an item: it is encoded now and sent with others. Never waits, never throws; what has no room is counted. */
  record(item: Item, scope?: Scope): void {
    item.door.record(this, item, scope);
  }

  /** Sends items of one signal as a request of their own: waits for room, and resolves with what became of them. */
  async send(items: Item | readonly Item[], scope?: Scope): Promise<SendOutcome> {
    const list = [items].flat() as readonly Item[];
    const [first] = list;
    return first === undefined ? ACCEPTED : this.#held(first.door.send(this, list, scope));
  }

  /** Where a provider encodes the items of one scope. */
  scopeBuffer(signal: Signal, envelope: Envelope): ScopeBuffer {
    return this.#delivery.scopeBuffer(signal, envelope);
  }

  /** Queues a request that is complete; `false`, and counted, when there is no room. */
  enqueue(request: Request): boolean {
    return this.#delivery.enqueue(request);
  }

  /** Sends a request that is complete: waits for room, and resolves with what became of it. Keeps no process alive. */
  deliver(request: Deliverable): Promise<SendOutcome> {
    return this.#delivery.deliver(request);
  }

  /** Sends what was recorded, and waits until it has been settled or the time is over. Default 30,000. Never rejects. */
  flush(timeoutMillis?: number): Promise<FlushResult> {
    return this.#held(this.#delivery.flush(timeoutMillis));
  }

  /** Flushes, gives up what is left then, and closes the connections. Safe twice; never rejects. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    this.#forgetExit();
    return this.#held(this.#delivery.shutdown(timeoutMillis));
  }

  /** Counts for each signal that has had telemetry. */
  get health(): Partial<Readonly<Record<Signal, SignalHealth>>> {
    return this.#health.snapshot();
  }

  /** Adds an observer of delivery; the result removes it. */
  subscribe(listener: DeliveryListener): () => void {
    return this.#health.subscribe(listener);
  }

  /**
   * Takes part in the client. It ends when the last of those who take part has called the result, which flushes.
   * `atExit` records what is left to record when the process or page may be about to end.
   */
  join(atExit?: AtExit): (timeoutMillis?: number) => Promise<FlushResult> {
    this.#users++;
    if (atExit !== undefined) this.#atExit.add(atExit);
    let left: Promise<FlushResult> | undefined;
    return (timeoutMillis) => {
      if (left === undefined) {
        if (atExit !== undefined) this.#atExit.delete(atExit);
        this.#users--;
        left = this.#users === 0 ? this.shutdown(timeoutMillis) : this.flush(timeoutMillis);
      }
      return left;
    };
  }

  /** Without waiting unless there is something to wait for: a page that goes has no time. */
  async #flushAtExit(isAgain = false): Promise<FlushResult> {
    for (const pending of [...this.#atExit].map((record) => record(isAgain))) if (pending !== undefined) await pending;
    return this.#delivery.flush();
  }

  /** What a program waits for keeps it alive; what only waits to be sent does not. */
  async #held<T>(result: Promise<T>): Promise<T> {
    const release = this.#hold();
    try {
      return await result;
    } finally {
      release();
    }
  }
}

/** Records what is left to record; `isAgain` when it has done so and the process is still about to end. A promise when there is something to wait for. */
type AtExit = (isAgain: boolean) => Promise<void> | undefined;
