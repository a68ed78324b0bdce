import type { Batch, Outcome } from '@otelier/otlp';
import type { Rejection } from '../component/admissions.ts';
import { type Consumer, commitOwned, passOwned, type Reservation } from '../component/contract.ts';
import { Taps } from './taps.ts';

/** The counters of an edge since the start. */
export interface EdgeCounters {
  readonly items: number;
  readonly bytes: number;
  readonly batches: number;
  /** Number of items that were not accepted: to be retried, refused, or rejected from a partially accepted batch. */
  readonly refusedItems: number;
  /** Total time from `consume` to the outcome, including downstream components. */
  readonly consumeMicros: number;
}

/**
 * The input of a component. It counts batches, feeds taps, converts thrown errors to outcomes, and rejects batches
 * while the component is not running. The cost per batch is independent of the number of items.
 */
export class Edge implements Consumer, EdgeCounters {
  readonly taps = new Taps();
  items = 0;
  bytes = 0;
  batches = 0;
  refusedItems = 0;
  consumeMicros = 0;
  readonly reserve: Consumer['reserve'];
  readonly whenWritable: Consumer['whenWritable'];
  readonly whenBelowHighWaterMark: Consumer['whenBelowHighWaterMark'];
  #target: Consumer;
  #gate: Gate;
  /** Number of batches in the component whose outcome is not known. */
  #unsettled = 0;
  #onSettled: (() => void)[] = [];

  constructor(target: Consumer, gate: Gate) {
    this.#target = target;
    this.#gate = gate;
    if (target.reserve) this.reserve = (batch) => this.#reserve(batch);
    // Read when called, because the target can be redirected.
    if (target.whenWritable) this.whenWritable = () => this.#target.whenWritable?.() ?? Promise.resolve();
    if (target.whenBelowHighWaterMark) this.whenBelowHighWaterMark = () => this.#target.whenBelowHighWaterMark?.();
  }

  /** Leads all further batches to another component, with the same optional methods: the successor of the first one. */
  redirect(target: Consumer, gate: Gate): void {
    this.#target = target;
    this.#gate = gate;
  }

  /** Number of batches in the component whose outcome is not known. */
  get unsettledBatches(): number {
    return this.#unsettled;
  }

  /** Resolves when the component has returned the outcomes of all batches that passed. */
  async settled(): Promise<void> {
    while (this.#unsettled > 0) await new Promise<void>((resolve) => this.#onSettled.push(resolve));
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (!this.#gate.open) return this.#closed(batch);
    if (this.taps.watched) this.taps.show(batch);
    return this.#settle(batch, () => this.#target.consume(batch));
  }

  /** A listener can keep the batch, so that its bytes have no single owner. */
  consumeOwned(batch: Batch): Outcome | Promise<Outcome> {
    if (!this.#gate.open || this.taps.watched) return this.consume(batch);
    return this.#settle(batch, () => passOwned(this.#target, batch));
  }

  #settle(batch: Batch, consume: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    const startMillis = performance.now();
    try {
      const result = consume();
      if (!(result instanceof Promise)) return this.#count(batch, startMillis, result);
      this.#unsettled += 1;
      return result.then(
        (outcome) => this.#settled(batch, startMillis, outcome),
        (error) => this.#settled(batch, startMillis, this.#gate.failed(error)),
      );
    } catch (error) {
      return this.#count(batch, startMillis, this.#gate.failed(error));
    }
  }

  #settled(batch: Batch, startMillis: number, outcome: Outcome): Outcome {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) for (const resolve of this.#onSettled.splice(0)) resolve();
    return this.#count(batch, startMillis, outcome);
  }

  #count(batch: Batch, startMillis: number, outcome: Outcome): Outcome {
    this.consumeMicros += (performance.now() - startMillis) * 1000;
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') {
      this.items += batch.itemCount;
      this.bytes += batch.sizeBytes;
      this.batches += 1;
      if (outcome.kind === 'partial') this.refusedItems += outcome.rejectedItems;
    } else {
      this.refusedItems += batch.itemCount;
    }
    return outcome;
  }

  #closed(batch: Batch): Rejection | Promise<Outcome> {
    const { held } = this.#gate;
    if (held !== undefined) return held.then(() => this.consume(batch));
    this.refusedItems += batch.itemCount;
    return this.#gate.rejection();
  }

  #reserve(batch: Batch): Reservation | Rejection {
    const reserved = this.#gate.open ? this.#target.reserve?.(batch) : undefined;
    if (reserved?.kind !== 'reserved') {
      this.refusedItems += batch.itemCount;
      return reserved ?? this.#gate.rejection();
    }
    return {
      kind: 'reserved',
      commit: () => {
        if (this.taps.watched) this.taps.show(batch);
        return this.#settle(batch, () => reserved.commit());
      },
      commitOwned: () => {
        const { watched } = this.taps;
        if (watched) this.taps.show(batch);
        return this.#settle(batch, () => (watched ? reserved.commit() : commitOwned(reserved)));
      },
      cancel: () => reserved.cancel(),
    };
  }
}

/** The state of a component that determines whether it accepts batches, and the rejections to return if it does not. */
export interface Gate {
  readonly open: boolean;
  /** While the component is exchanged for its successor: resolves when batches can pass again. */
  readonly held: Promise<void> | undefined;
  rejection(): Rejection;
  failed(error: unknown): Rejection;
}
