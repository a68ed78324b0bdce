import type { Outcome, Signal } from '@otelier/otlp';
import type { Request } from './contract.ts';
import type { Fragment } from './lane.ts';

/** A request on its way through the client, from the moment in which it is closed until its outcome is known. */
export class Consignment {
  readonly signal: Signal;
  readonly itemCount: number;
  readonly sizeBytes: number;
  /** Whether somebody waits for the outcome; then it is not dropped to make room for others. */
  readonly isAwaited: boolean;
  /** Resolves with what became of it. */
  readonly outcome: Promise<Outcome>;
  readonly settle: (outcome: Outcome) => void;
  readonly #content: readonly Fragment[] | readonly Uint8Array[];

  constructor(
    signal: Signal,
    itemCount: number,
    sizeBytes: number,
    content: readonly Fragment[] | readonly Uint8Array[],
    isAwaited = false,
  ) {
    this.signal = signal;
    this.itemCount = itemCount;
    this.sizeBytes = sizeBytes;
    this.isAwaited = isAwaited;
    this.#content = content;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.outcome = promise;
    this.settle = resolve;
  }

  /** What to send, once the resources of all fragments are known. */
  async request(): Promise<Request> {
    const { signal, itemCount } = this;
    const pieces = this.#content.map((piece) => (piece instanceof Uint8Array ? [piece] : piece.parts()));
    const parts = (await Promise.all(pieces)).flat();
    return { signal, itemCount, parts, sizeBytes: parts.reduce((sum, part) => sum + part.length, 0) };
  }
}
