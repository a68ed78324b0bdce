import type { Batch, BatchContext, Signal } from '@otelier/otlp';
import type { OutgoingBatch, PendingBatch } from '../../component/delivery.ts';
import { type Piece, splitPiece } from './split.ts';

interface PendingPiece extends Piece {
  readonly sizeBytes: number;
  readonly pendingBatch: PendingBatch;
}

/** Merges batches that share a tenant and a combination of metadata. */
export class BatchBuilder {
  items = 0;
  bytes = 0;
  /** Cancels the timer that runs while items are pending. */
  cancel: (() => void) | undefined;
  readonly #signal: Signal;
  #context: BatchContext;
  #pending: PendingPiece[] = [];

  constructor(signal: Signal, context: BatchContext) {
    this.#signal = signal;
    this.#context = context;
  }

  add({ parts, itemCount, sizeBytes, context }: Batch, pendingBatch: PendingBatch): void {
    const first = this.#pending.length === 0;
    const arrivalMillis = first ? context.arrivalMillis : Math.min(this.#context.arrivalMillis, context.arrivalMillis);
    const subject = first || this.#context.subject === context.subject ? context.subject : undefined;
    this.#context = { ...this.#context, arrivalMillis, subject };
    pendingBatch.pieces += 1;
    this.#pending.push({ parts, itemCount, sizeBytes, pendingBatch });
    this.items += itemCount;
    this.bytes += sizeBytes;
  }

  /** Removes and returns all pending items as one batch, or none if there are none. */
  takeAll(): OutgoingBatch[] {
    return this.#pending.length === 0 ? [] : [this.#take(this.#pending.splice(0))];
  }

  /**
   * Removes and returns batches of at most `maxItems`. All but the last are full; a last one with fewer than `minItems`
   * stays pending.
   */
  takeSplit(maxItems: number, minItems: number): OutgoingBatch[] {
    const groups: PendingPiece[][] = [];
    let group: PendingPiece[] = [];
    let items = 0;
    const end = () => {
      if (items > 0) groups.push(group);
      group = [];
      items = 0;
    };
    for (const pending of this.#pending.splice(0)) {
      for (const piece of this.#split(pending, maxItems - items, maxItems)) {
        if (items + piece.itemCount > maxItems) end();
        group.push(piece);
        items += piece.itemCount;
      }
    }
    if (items >= minItems) end();
    this.#pending = group;
    const outgoing = groups.map((each) => this.#take(each));
    this.bytes = group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return outgoing;
  }

  #split(pending: PendingPiece, capacity: number, maxItems: number): PendingPiece[] {
    if (pending.itemCount <= capacity) return [pending];
    const { pendingBatch } = pending;
    const pieces = splitPiece(this.#signal, pending, capacity, maxItems);
    pendingBatch.pieces += pieces.length - 1;
    return pieces.map((piece) => ({ ...piece, sizeBytes: sizeOf(piece.parts), pendingBatch }));
  }

  #take(pieces: readonly PendingPiece[]): OutgoingBatch {
    const parts = pieces.flatMap((piece) => piece.parts);
    const itemCount = pieces.reduce((sum, piece) => sum + piece.itemCount, 0);
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
    this.items -= itemCount;
    this.bytes -= sizeBytes;
    const batch: Batch = { signal: this.#signal, parts, itemCount, sizeBytes, context: this.#context };
    return { batch, pendingBatches: pieces.map(({ pendingBatch }) => pendingBatch) };
  }
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
