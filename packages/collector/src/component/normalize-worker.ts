import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { NormalizedRequest, OtlpEncoding, Signal } from '@otelier/otlp';
import { SMALL_HEAP, startThread } from '@otelier/store/thread';
import type { Shared } from './host.ts';

/**
 * A worker thread for requests that would block the event loop: large JSON requests, and large requests that are
 * invalid or must be rewritten. It starts with the first request and processes one request at a time.
 */
export interface NormalizeWorker extends Shared {
  /**
   * Normalizes a request, or returns why it is invalid. `body` is transferred to the thread if it spans its whole
   * buffer.
   */
  normalize(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): Promise<NormalizeReply>;
}

/** A request to the worker thread. */
export interface NormalizeRequest {
  readonly id: number;
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly body: Uint8Array;
}

/** A reply from the worker thread. */
export interface NormalizeReply {
  readonly id: number;
  readonly normalized: NormalizedRequest;
  /** Number of resources, scopes and metrics, including empty ones. */
  readonly containerCount: number;
}

/** Creates a worker, without starting its thread. */
export function createNormalizeWorker(): NormalizeWorker {
  return new ThreadNormalizer();
}

class ThreadNormalizer implements NormalizeWorker {
  readonly #waiting = new Map<number, PromiseWithResolvers<NormalizeReply>>();
  #worker: Worker | undefined;
  #lastId = 0;

  normalize(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): Promise<NormalizeReply> {
    this.#worker ??= this.#start();
    const id = ++this.#lastId;
    const reply = Promise.withResolvers<NormalizeReply>();
    this.#waiting.set(id, reply);
    const request: NormalizeRequest = { id, signal, encoding, body };
    this.#worker.postMessage(request, transferable(body));
    return reply.promise;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined) return;
    this.#fail(new Error('the service is shutting down'));
    await worker.terminate();
  }

  #start(): Worker {
    const worker = startThread(import.meta.url, './normalize-worker/thread', {
      name: 'otelier-normalize',
      resourceLimits: SMALL_HEAP,
    });
    worker.unref();
    worker.on('message', (reply: NormalizeReply) => {
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
    });
    // Either a bug, or a body too large for the thread's heap: reject the pending requests, and start a new thread for
    // the next one.
    void once(worker, 'error').then(([error]) => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#fail(error);
    });
    return worker;
  }

  #fail(reason: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

/** Returns the array's buffer if the array spans all of it, otherwise the buffer of a copy. */
export function transferable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && byteLength > 0 ? [buffer] : [];
}
