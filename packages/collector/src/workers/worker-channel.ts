import type { MessagePort } from 'node:worker_threads';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';

/** Delivers a batch from another thread to the node with this ID. Never rejects. */
export type Deliver = (nodeId: string, batch: Batch) => Promise<Outcome>;

/**
 * A bidirectional channel for batches between two threads. Bytes are copied, because a batch may be shared (by a
 * fan-out, or a sender that retries) and copying takes only 0.25 ns per byte. The sender accounts for the copy's memory
 * until the outcome arrives. If the other thread terminates, pending batches resolve to `retry`.
 */
export class WorkerChannel {
  readonly #port: MessagePort;
  readonly #deliver: Deliver;
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  #outbox: Parcel[] = [];
  #lastId = 0;
  #closed = false;

  constructor(port: MessagePort, deliver: Deliver) {
    this.#port = port;
    this.#deliver = deliver;
    port.on('message', (parcels: readonly Parcel[]) => {
      for (const parcel of parcels) this.#receive(parcel);
    });
    port.on('close', () => this.#end());
  }

  /** Sends a batch to the node with this ID in the other thread. */
  send(nodeId: string, batch: Batch): Promise<Outcome> {
    if (this.#closed) return Promise.resolve(GONE);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#post({ id, nodeId, batch: { ...batch, parts: batch.parts.map(ownMemory) } });
    });
  }

  close(): void {
    this.#port.close();
    this.#end();
  }

  #receive(parcel: Parcel): void {
    if ('batch' in parcel) {
      void this.#deliver(parcel.nodeId, parcel.batch).then((outcome) =>
        this.#post(outcome === ACCEPTED ? { id: parcel.id } : { id: parcel.id, outcome }),
      );
      return;
    }
    const resolve = this.#waiting.get(parcel.id);
    this.#waiting.delete(parcel.id);
    resolve?.(parcel.outcome ?? ACCEPTED);
  }

  /** Combines the parcels of one event loop turn into a single message, because messages are expensive. */
  #post(parcel: Parcel): void {
    this.#outbox.push(parcel);
    if (this.#outbox.length > 1) return;
    setImmediate(() => {
      const parcels = this.#outbox;
      this.#outbox = [];
      if (!this.#closed) this.#port.postMessage(parcels);
    });
  }

  #end(): void {
    this.#closed = true;
    for (const resolve of this.#waiting.values()) resolve(GONE);
    this.#waiting.clear();
  }
}

/** A batch, or the outcome of one; without `outcome`, the batch was accepted. */
type Parcel =
  | { readonly id: number; readonly nodeId: string; readonly batch: Batch }
  | { readonly id: number; readonly outcome?: Outcome };

const GONE: Outcome = Object.freeze({
  kind: 'retry',
  afterMillis: undefined,
  reason: 'the worker thread of the batch has ended',
});

/** Returns the part in its own buffer, because messages copy an array's entire buffer. */
export function ownMemory(part: Uint8Array): Uint8Array {
  return part.byteLength === part.buffer.byteLength ? part : part.slice();
}
