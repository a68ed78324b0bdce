import type { Batch, Outcome } from '@otelier/otlp';
import { ACCEPTED_NOW, type Consumer, type Refusal, type Reservation } from '../component/contract.ts';
import { Taps } from './taps.ts';

/** What an edge has seen since the start. */
export interface EdgeCounters {
  readonly items: number;
  readonly bytes: number;
  readonly batches: number;
  /** Items that came back: told to try again, refused, or rejected from a batch. */
  readonly refusedItems: number;
  /** Time from the hand-over to the outcome, summed over batches; it includes everything further down. */
  readonly consumeMicros: number;
}

/**
 * The way into one component. It counts, feeds taps, turns thrown bugs into outcomes, and is shut while the component
 * is not running. Its cost is per batch and independent of the number of items.
 */
export class Edge implements Consumer, EdgeCounters {
  readonly taps = new Taps();
  items = 0;
  bytes = 0;
  batches = 0;
  refusedItems = 0;
  consumeMicros = 0;
  readonly reserve?: (batch: Batch) => Reservation | Refusal;
  readonly untilRoom?: () => Promise<void>;
  readonly untilCalm?: () => Promise<void> | undefined;
  readonly #target: Consumer;
  readonly #gate: Gate;

  constructor(target: Consumer, gate: Gate) {
    this.#target = target;
    this.#gate = gate;
    if (target.reserve) this.reserve = (batch) => this.#reserve(batch);
    if (target.untilRoom) this.untilRoom = target.untilRoom.bind(target);
    if (target.untilCalm) this.untilCalm = target.untilCalm.bind(target);
  }

  consume(batch: Batch): Promise<Outcome> {
    if (!this.#gate.open) return this.#closed(batch);
    if (this.taps.watched) this.taps.show(batch);
    const startMillis = performance.now();
    let result: Promise<Outcome>;
    try {
      result = this.#target.consume(batch);
    } catch (error) {
      result = Promise.reject(error);
    }
    if (result !== ACCEPTED_NOW) return this.#settle(batch, startMillis, result);
    this.#took(batch, startMillis);
    return ACCEPTED_NOW;
  }

  async #settle(batch: Batch, startMillis: number, result: Promise<Outcome>): Promise<Outcome> {
    let outcome: Outcome;
    try {
      outcome = await result;
    } catch (error) {
      outcome = this.#gate.failed(error);
    }
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') {
      this.#took(batch, startMillis);
      if (outcome.kind === 'partial') this.refusedItems += outcome.rejectedItems;
    } else {
      this.refusedItems += batch.itemCount;
      this.consumeMicros += (performance.now() - startMillis) * 1000;
    }
    return outcome;
  }

  #took(batch: Batch, startMillis: number): void {
    this.items += batch.itemCount;
    this.bytes += batch.sizeBytes;
    this.batches += 1;
    this.consumeMicros += (performance.now() - startMillis) * 1000;
  }

  #closed(batch: Batch): Promise<Outcome> {
    this.refusedItems += batch.itemCount;
    return Promise.resolve(this.#gate.refusal());
  }

  #reserve(batch: Batch): Reservation | Refusal {
    if (!this.#gate.open) {
      this.refusedItems += batch.itemCount;
      return this.#gate.refusal();
    }
    const reserved = this.#target.reserve?.(batch);
    if (reserved?.kind !== 'reserved') {
      this.refusedItems += batch.itemCount;
      return reserved ?? this.#gate.refusal();
    }
    return {
      kind: 'reserved',
      commit: () => {
        if (this.taps.watched) this.taps.show(batch);
        return this.#settle(batch, performance.now(), reserved.commit());
      },
      cancel: () => reserved.cancel(),
    };
  }
}

/** Whether a component lets batches in, and what is said to those who come too early, too late or upon a bug. */
export interface Gate {
  readonly open: boolean;
  refusal(): Refusal;
  failed(error: unknown): Refusal;
}
