import type { Batch, BatchContext, Outcome, Signal } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import { type Piece, splitPiece } from './split.ts';

/** A batch as it came in: its memory, and its sender if that waits for the result. It ends with its last piece. */
export interface PendingBatch {
  readonly admission: Admission;
  readonly settle: ((outcome: Outcome) => void) | undefined;
  /** Pieces of it that are not settled yet. */
  pieces: number;
  /** What became of a piece that was not accepted. */
  outcome?: Outcome;
}

/** Telemetry ready to be handed on, with those whose it is. */
export interface Outgoing {
  readonly batch: Batch;
  readonly pendingBatches: readonly PendingBatch[];
}

interface Pending extends Piece {
  readonly sizeBytes: number;
  readonly pendingBatch: PendingBatch;
}

/** What is being put together for one tenant and one set of metadata. */
export class Collecting {
  items = 0;
  bytes = 0;
  /** Stops the timer that runs while something is pending. */
  cancel: (() => void) | undefined;
  readonly #signal: Signal;
  #context: BatchContext;
  #pending: Pending[] = [];

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

  /** Takes out everything as one batch; none when nothing is pending. */
  takeAll(): Outgoing[] {
    return this.#pending.length === 0 ? [] : [this.#take(this.#pending.splice(0))];
  }

  /** Takes out batches of at most `maxItems`, full ones first; what is left and has fewer than `leastItems` stays. */
  takeSplit(maxItems: number, minItems: number): Outgoing[] {
    const groups: Pending[][] = [];
    let group: Pending[] = [];
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

  #split(pending: Pending, capacity: number, maxItems: number): Pending[] {
    if (pending.itemCount <= capacity) return [pending];
    const { pendingBatch } = pending;
    const pieces = splitPiece(this.#signal, pending, capacity, maxItems);
    pendingBatch.pieces += pieces.length - 1;
    return pieces.map((piece) => ({ ...piece, sizeBytes: sizeOf(piece.parts), pendingBatch }));
  }

  #take(pieces: readonly Pending[]): Outgoing {
    const parts = pieces.flatMap((piece) => piece.parts);
    const itemCount = pieces.reduce((sum, piece) => sum + piece.itemCount, 0);
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
    this.items -= itemCount;
    this.bytes -= sizeBytes;
    const batch: Batch = { signal: this.#signal, parts, itemCount, sizeBytes, context: this.#context };
    return { batch, pendingBatches: pieces.map(({ pendingBatch: origin }) => origin) };
  }
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
