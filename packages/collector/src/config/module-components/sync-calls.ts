import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** One end of a channel for synchronous calls between two threads. */
export interface SyncEnd {
  readonly port: MessagePort;
  /** Counts the messages to each end. */
  readonly wake: Int32Array;
  /** Which counter is that of this end. */
  readonly side: 0 | 1;
}

/** Thrown when the other thread does not reply in time. */
export class SyncCallTimeout extends Error {
  override readonly name = 'SyncCallTimeout';
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly request: unknown }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string };

/**
 * Calls functions of another thread that must return at once, such as the check of a request's headers. A waiting thread
 * serves the calls of the other one, so that they can call each other.
 */
export class SyncCalls {
  readonly #end: SyncEnd;
  readonly #serve: (request: unknown) => unknown;
  readonly #limitMillis: number;
  readonly #replies = new Map<number, Message>();
  /** The call whose reply is late: until it arrives, further calls fail at once. */
  #late: number | undefined;
  #lastId = 0;

  /** `serve` returns the result of a call of the other thread. */
  constructor(end: SyncEnd, limitMillis: number, serve: (request: unknown) => unknown) {
    this.#end = end;
    this.#limitMillis = limitMillis;
    this.#serve = serve;
    end.port.on('message', (message: Message) => this.#receive(message));
    end.port.unref();
  }

  /** Returns the result of the other thread. Throws its error, or `SyncCallTimeout`. */
  call(request: unknown): unknown {
    const { wake, side } = this.#end;
    this.#receiveAll();
    if (this.#late !== undefined) throw new SyncCallTimeout('the other thread has not replied to an earlier call');
    this.#lastId += 1;
    const id = this.#lastId;
    const endMillis = performance.now() + this.#limitMillis;
    this.#post({ kind: 'call', id, request });
    for (;;) {
      const seen = Atomics.load(wake, side);
      this.#receiveAll();
      const reply = this.#replies.get(id);
      if (reply !== undefined) return this.#take(reply);
      const leftMillis = endMillis - performance.now();
      if (leftMillis <= 0) break;
      Atomics.wait(wake, side, seen, leftMillis);
    }
    this.#late = id;
    throw new SyncCallTimeout(`expected a reply within ${this.#limitMillis} ms, got none`);
  }

  close(): void {
    this.#end.port.close();
  }

  #take(reply: Message): unknown {
    this.#replies.delete(reply.id);
    if (reply.kind === 'error') throw new Error(reply.message);
    return reply.kind === 'value' ? reply.value : undefined;
  }

  #receiveAll(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#end.port) as { readonly message: Message } | undefined;
      if (received === undefined) return;
      this.#receive(received.message);
    }
  }

  #receive(message: Message): void {
    const { id } = message;
    if (message.kind !== 'call') {
      if (id === this.#late) this.#late = undefined;
      else this.#replies.set(id, message);
      return;
    }
    try {
      this.#post({ kind: 'value', id, value: this.#serve(message.request) });
    } catch (error) {
      this.#post({ kind: 'error', id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  #post(message: Message): void {
    const { port, wake, side } = this.#end;
    port.postMessage(message);
    Atomics.add(wake, 1 - side, 1);
    Atomics.notify(wake, 1 - side);
  }
}
