import type { Batch, Partition } from '@otelier/otlp';
import type { Consumer } from '../../component/contract.ts';
import type { Portion } from './split-delivery.ts';

/** The pieces of a batch, by pipeline. */
export class Portions {
  readonly #batch: Batch;
  readonly #pieces = new Map<Consumer, Partition[]>();

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  add(consumer: Consumer, piece: Partition): void {
    const pieces = this.#pieces.get(consumer);
    if (pieces === undefined) this.#pieces.set(consumer, [piece]);
    else pieces.push(piece);
  }

  list(): Portion[] {
    return [...this.#pieces].map(([consumer, pieces]) => ({ consumer, batch: this.#batchOf(pieces) }));
  }

  /** Returns the original batch if all of it went to one pipeline. */
  #batchOf(pieces: readonly Partition[]): Batch {
    const { signal, context, parts } = this.#batch;
    if (pieces.length === parts.length && pieces.every(({ bytes }, index) => bytes === parts[index]))
      return this.#batch;
    let itemCount = 0;
    let sizeBytes = 0;
    for (const piece of pieces) {
      itemCount += piece.itemCount;
      sizeBytes += piece.bytes.length;
    }
    return { signal, context, parts: pieces.map(({ bytes }) => bytes), itemCount, sizeBytes };
  }
}
