import type { Batch, Outcome } from '@otelier/otlp';
import type { Rejection } from '../component/admissions.ts';
import { type Consumer, passOwned, type Reservation } from '../component/contract.ts';
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
  readonly reserve?: (batch: Batch) => Reservation | Rejection;
  readonly whenWritable?: () => Promise<void>;
  readonly whenBelowHighWaterMark?: () => Promise<void> | undefined;
  readonly #target: Consumer;
  readonly #gate: Gate;

  constructor(target: Consumer, gate: Gate) {
    this.#target = target;
    this.#gate = gate;
    if (target.reserve) this.reserve = (batch) => this.#reserve(batch);
    if (target.whenWritable) this.whenWritable = target.whenWritable.bind(target);
    if (target.whenBelowHighWaterMark) this.whenBelowHighWaterMark = target.whenBelowHighWaterMark.bind(target);
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
      return result.then(
        (outcome) => this.#count(batch, startMillis, outcome),
        (error) => this.#count(batch, startMillis, this.#gate.failed(error)),
      );
    } catch (error) {
      return this.#count(batch, startMillis, this.#gate.failed(error));
    }
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

  #closed(batch: Batch): Rejection {
    this.refusedItems += batch.itemCount;
    return this.#gate.rejection();
  }

  #reserve(batch: Batch): Reservation | Rejection {
    if (!this.#gate.open) return this.#closed(batch);
    const reserved = this.#target.reserve?.(batch);
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
      cancel: () => reserved.cancel(),
    };
  }
}

/** The state of a component that determines whether it accepts batches, and the rejections to return if it does not. */
export interface Gate {
  readonly open: boolean;
  rejection(): Rejection;
  failed(error: unknown): Rejection;
}
