import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Admission, ExportHandler } from '../contract.ts';

/** The answer of a full budget. */
export type AdmissionRefusal = Exclude<ReturnType<ExportHandler['admit']>, Admission>;

/** What receiving needs of its surroundings. */
export interface ReceivingContext {
  readonly admit: ExportHandler['admit'];
  /** How long a message may take to arrive. */
  readonly timeoutMillis: number;
  readonly clock: Clock;
}

/** What may have come of a message before it is counted: a little, which every connection may hold. */
const FREE_BYTES = 64 * 1024;

/**
 * Reserves memory for a message while it is coming in. `ws` hands a message over when it is whole, so without this a
 * thousand slow senders could hold a thousand unfinished messages that no budget knows of.
 */
export class Receiving {
  readonly #context: ReceivingContext;
  readonly #refuse: (refusal: AdmissionRefusal) => void;
  /** Bytes that have come since the last whole message; an upper bound, wrong by the heads of frames. */
  #unfinishedBytes = 0;
  #lastChunkBytes = 0;
  #admission: Admission | undefined;
  #reservedBytes = 0;
  #cancelTimeout = () => {};

  /** `heard` is told of all that comes, `refuse` when what is coming in can or may not be held. */
  constructor(
    socket: Duplex,
    context: ReceivingContext,
    heard: () => void,
    refuse: (refusal: AdmissionRefusal) => void,
  ) {
    this.#context = context;
    this.#refuse = refuse;
    // Before `ws` sees the bytes, which may complete a message.
    socket.prependListener('data', (chunk: Buffer) => {
      heard();
      this.#unfinishedBytes += chunk.length;
      this.#lastChunkBytes = chunk.length;
      if (this.#unfinishedBytes <= FREE_BYTES) return;
      const reserved = this.#reserve(this.#unfinishedBytes);
      if ('kind' in reserved) refuse(reserved);
    });
  }

  /** A message is whole: hands its memory over to whoever handles it. */
  finish(sizeBytes: number): Admission | AdmissionRefusal {
    const reserved = this.#reserve(sizeBytes);
    if (!('kind' in reserved)) this.#admission = undefined;
    this.skip(sizeBytes);
    return reserved;
  }

  /** A message is whole and needs no memory any more. */
  skip(sizeBytes: number): void {
    // What follows the message came in the same chunk, which keeps the error from growing.
    this.#unfinishedBytes = Math.min(Math.max(0, this.#unfinishedBytes - sizeBytes), this.#lastChunkBytes);
    this.end();
  }

  /** Gives back what is reserved. */
  end(): void {
    this.#cancelTimeout();
    this.#admission?.release();
    this.#admission = undefined;
    this.#reservedBytes = 0;
  }

  #reserve(neededBytes: number): Admission | AdmissionRefusal {
    if (this.#admission === undefined) {
      const admission = this.#context.admit(neededBytes);
      if ('kind' in admission) return admission;
      this.#admission = admission;
      this.#reservedBytes = neededBytes;
      this.#limitTime();
    }
    const moreBytes = neededBytes - this.#reservedBytes;
    if (moreBytes > 0 && !this.#admission.grow(moreBytes)) return NO_ROOM;
    this.#reservedBytes = Math.max(this.#reservedBytes, neededBytes);
    return this.#admission;
  }

  /** Who holds memory must be done with it in time. */
  #limitTime(): void {
    const { clock, timeoutMillis } = this.#context;
    const reason = `expected a whole message within ${timeoutMillis} ms`;
    this.#cancelTimeout = clock.setTimeout(
      () => this.#refuse({ kind: 'retry', afterMillis: undefined, reason }),
      timeoutMillis,
    );
  }
}

const NO_ROOM: AdmissionRefusal = {
  kind: 'retry',
  afterMillis: 1000,
  reason: 'there is no memory for this request now',
};
