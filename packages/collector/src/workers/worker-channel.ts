import type { MessagePort } from 'node:worker_threads';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';

/** Takes a batch that came from another thread, for the node of this id. Never rejects. */
export type Deliver = (nodeId: string, batch: Batch) => Promise<Outcome>;

/**
 * The way between two threads for batches, in both directions. Bytes are copied: a batch may be in other hands at the
 * same time (fan-out, a sender that will repeat it), and copying costs 0.25 ns a byte, hardly more than moving. Whoever sends holds the memory of
 * the copy until the outcome has come back. When the other thread ends, what it had is to be sent again.
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

  /** Hands a batch to the node of this id in the other thread. */
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

  /** Gathers what one turn of the event loop brings: a message costs more than what is in it. */
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

/** A batch, or what became of one: nothing more where it was accepted. */
type Parcel =
  | { readonly id: number; readonly nodeId: string; readonly batch: Batch }
  | { readonly id: number; readonly outcome?: Outcome };

const GONE: Outcome = Object.freeze({
  kind: 'retry',
  afterMillis: undefined,
  reason: 'the thread that works on it has ended',
});

/** The part in memory of its own: a message takes the whole buffer behind an array along. */
export function ownMemory(part: Uint8Array): Uint8Array {
  return part.byteLength === part.buffer.byteLength ? part : part.slice();
}
