import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { NormalizedRequest, OtlpEncoding, Signal } from '@otelier/otlp';
import { SMALL_HEAP, startThread } from '@otelier/store/thread';
import type { Shared } from './host.ts';

/**
 * A thread for the requests whose reading would keep everybody else waiting: large ones in JSON, and large ones that
 * are malformed or have to be rewritten. It starts with the first of them, and takes one after the other.
 */
export interface NormalizeWorker extends Shared {
  /** Makes a request canonical, or says what is wrong with it. `body` moves to the thread where it owns its memory. */
  normalize(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): Promise<NormalizedRequest>;
}

/** What the thread is asked. */
export interface SlowRequest {
  readonly id: number;
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly body: Uint8Array;
}

/** What the thread answers. */
export interface NormalizeReply {
  readonly id: number;
  readonly normalized: NormalizedRequest;
}

/** Makes one; no thread runs yet. */
export function createNormalizeWorker(): NormalizeWorker {
  return new ThreadNormalizer();
}

class ThreadNormalizer implements NormalizeWorker {
  readonly #waiting = new Map<number, PromiseWithResolvers<NormalizedRequest>>();
  #worker: Worker | undefined;
  #lastId = 0;

  normalize(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): Promise<NormalizedRequest> {
    this.#worker ??= this.#start();
    const id = ++this.#lastId;
    const response = Promise.withResolvers<NormalizedRequest>();
    this.#waiting.set(id, response);
    const request: SlowRequest = { id, signal, encoding, body };
    this.#worker.postMessage(request, transferable(body));
    return response.promise;
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
      name: 'otelier-slow-lane',
      resourceLimits: SMALL_HEAP,
    });
    worker.unref();
    worker.on('message', ({ id, normalized }: NormalizeReply) => {
      this.#waiting.get(id)?.resolve(normalized);
      this.#waiting.delete(id);
    });
    // A bug, or a body too large for the thread's heap: whoever waits hears of it, and the next request starts anew.
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

/** Memory that holds nothing else can move; the rest is copied. */
export function transferable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && byteLength > 0 ? [buffer] : [];
}
