import { type Batch, type BatchContext, mergeTraces, type Signal } from '@otelier/otlp';
import { type Piece, splitByBytes, splitPiece } from './split.ts';

/** A batch that is split and merged, until all of its pieces are settled. */
export interface Splittable {
  /** Number of pieces that are not settled yet. */
  pieces: number;
}

/** A batch to send, with the pending batches that it contains. */
export interface MergedBatch<P> {
  readonly batch: Batch;
  readonly pendingBatches: readonly P[];
  /** Whether the sender of the batch is one of its owners (`Consumer.consumeOwned`). Default `false`. */
  readonly isOwned?: boolean;
  /** The number of items of each pending batch in it, in the same order. */
  readonly pieceItems?: readonly number[];
}

interface PendingPiece<P> extends Piece {
  readonly sizeBytes: number;
  readonly pendingBatch: P;
}

/** Merges the batches of one tenant and one combination of metadata. */
export class BatchBuilder<P extends Splittable> {
  items = 0;
  bytes = 0;
  /** Cancels the timer, which runs while items are pending. */
  cancel: (() => void) | undefined;
  readonly #signal: Signal;
  #context: BatchContext;
  #pending: PendingPiece<P>[] = [];

  constructor(signal: Signal, context: BatchContext) {
    this.#signal = signal;
    this.#context = context;
  }

  add({ parts, itemCount, sizeBytes, context }: Batch, pendingBatch: P): void {
    const first = this.#pending.length === 0;
    const arrivalMillis = first ? context.arrivalMillis : Math.min(this.#context.arrivalMillis, context.arrivalMillis);
    const subject = first || this.#context.subject === context.subject ? context.subject : undefined;
    const peer = first || this.#context.peer === context.peer ? context.peer : undefined;
    this.#context = { ...this.#context, arrivalMillis, subject, peer };
    const { trace } = this.#context;
    if (trace !== context.trace) {
      this.#context = { ...this.#context, trace: first ? context.trace : mergeTraces(trace, context.trace) };
    }
    pendingBatch.pieces += 1;
    this.#pending.push({ parts, itemCount, sizeBytes, pendingBatch });
    this.items += itemCount;
    this.bytes += sizeBytes;
  }

  /** Removes and returns everything as one batch, or none if nothing is pending. */
  takeAll(): MergedBatch<P>[] {
    return this.#pending.length === 0 ? [] : [this.#take(this.#pending.splice(0))];
  }

  /**
   * Removes and returns batches of at most `max` items or bytes. One that is smaller than `min` stays pending if it is the
   * last. By items, all others are full; by bytes, only an item that is larger than `max` exceeds it.
   */
  takeSplit(max: number, min: number, unit: 'items' | 'bytes' = 'items'): MergedBatch<P>[] {
    const groups: PendingPiece<P>[][] = [];
    let group: PendingPiece<P>[] = [];
    let size = 0;
    const end = () => {
      if (size > 0) groups.push(group);
      group = [];
      size = 0;
    };
    for (const pending of this.#pending.splice(0)) {
      for (const piece of this.#split(pending, max - size, max, unit)) {
        const more = unit === 'items' ? piece.itemCount : piece.sizeBytes;
        if (size + more > max) end();
        group.push(piece);
        size += more;
      }
    }
    if (size >= min) end();
    this.#pending = group;
    const outgoing = groups.map((each) => this.#take(each));
    this.bytes = group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return outgoing;
  }

  #split(pending: PendingPiece<P>, capacity: number, max: number, unit: 'items' | 'bytes'): PendingPiece<P>[] {
    if ((unit === 'items' ? pending.itemCount : pending.sizeBytes) <= capacity) return [pending];
    const { pendingBatch } = pending;
    const pieces =
      unit === 'items' ? splitPiece(this.#signal, pending, capacity, max) : splitByBytes(this.#signal, pending, max);
    pendingBatch.pieces += pieces.length - 1;
    return pieces.map((piece) => ({ ...piece, sizeBytes: sizeOf(piece.parts), pendingBatch }));
  }

  #take(pieces: readonly PendingPiece<P>[]): MergedBatch<P> {
    const parts = pieces.flatMap((piece) => piece.parts);
    const itemCount = pieces.reduce((sum, piece) => sum + piece.itemCount, 0);
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
    this.items -= itemCount;
    this.bytes -= sizeBytes;
    const batch: Batch = { signal: this.#signal, parts, itemCount, sizeBytes, context: this.#context };
    return {
      batch,
      pendingBatches: pieces.map(({ pendingBatch }) => pendingBatch),
      pieceItems: pieces.map((piece) => piece.itemCount),
    };
  }
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
