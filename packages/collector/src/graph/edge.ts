import type { Batch, Outcome } from '@otelier/otlp';
import type { Rejection } from '../component/admissions.ts';
import { type Consumer, commitOwned, passOwned, type Reservation } from '../component/contract.ts';
import type { Call, ItemLedger } from './ledger/item-ledger.ts';
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
  /** Number of items that were rejected from partially accepted batches. They are part of `items` and `refusedItems`. */
  readonly rejectedItems: number;
  /** Number of items whose outcome is not known. */
  readonly pendingItems: number;
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
  rejectedItems = 0;
  pendingItems = 0;
  /** The ledger of the component that sends, unless its output counts for all of its branches. */
  sender: ItemLedger | undefined;
  readonly reserve: Consumer['reserve'];
  readonly whenWritable: Consumer['whenWritable'];
  readonly whenBelowHighWaterMark: Consumer['whenBelowHighWaterMark'];
  #target: Consumer;
  #gate: Gate;
  /** The ledger of the component that receives, unless it counts batches elsewhere. */
  #receiver: ItemLedger | undefined;
  /** Number of batches in the component whose outcome is not known. */
  #unsettled = 0;
  #onSettled: (() => void)[] = [];

  constructor(target: Consumer, gate: Gate, receiver?: ItemLedger) {
    this.#target = target;
    this.#gate = gate;
    this.#receiver = receiver;
    if (target.reserve) this.reserve = (batch) => this.#reserve(batch);
    // Read when called, because the target can be redirected.
    if (target.whenWritable) this.whenWritable = () => this.#target.whenWritable?.() ?? Promise.resolve();
    if (target.whenBelowHighWaterMark) this.whenBelowHighWaterMark = () => this.#target.whenBelowHighWaterMark?.();
  }

  /** Leads all further batches to another component, with the same optional methods: the successor of the first one. */
  redirect(target: Consumer, gate: Gate, receiver?: ItemLedger): void {
    this.#target = target;
    this.#gate = gate;
    this.#receiver = receiver;
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
    const passage = this.#enter(batch);
    let result: Outcome | Promise<Outcome>;
    try {
      result = consume();
    } catch (error) {
      result = this.#gate.failed(error);
    }
    if (passage.call !== undefined) passage.receiver?.leave(passage.call);
    if (!(result instanceof Promise)) return this.#count(passage, result);
    this.#unsettled += 1;
    return result.then(
      (outcome) => this.#settled(passage, outcome),
      (error) => this.#settled(passage, this.#gate.failed(error)),
    );
  }

  #enter({ itemCount, sizeBytes }: Batch): Passage {
    const { sender } = this;
    const receiver = this.#receiver;
    this.pendingItems += itemCount;
    if (sender !== undefined) sender.sendingItems += itemCount;
    const call = receiver?.enter(itemCount);
    return { itemCount, sizeBytes, startMillis: performance.now(), sender, receiver, call };
  }

  #settled(passage: Passage, outcome: Outcome): Outcome {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) for (const resolve of this.#onSettled.splice(0)) resolve();
    return this.#count(passage, outcome);
  }

  #count({ itemCount, sizeBytes, startMillis, sender, receiver, call }: Passage, outcome: Outcome): Outcome {
    this.consumeMicros += (performance.now() - startMillis) * 1000;
    this.pendingItems -= itemCount;
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') {
      this.items += itemCount;
      this.bytes += sizeBytes;
      this.batches += 1;
      if (outcome.kind === 'partial') {
        this.refusedItems += outcome.rejectedItems;
        this.rejectedItems += outcome.rejectedItems;
      }
    } else {
      this.refusedItems += itemCount;
    }
    if (sender !== undefined) {
      sender.sendingItems -= itemCount;
      sender.sent(itemCount, outcome);
    }
    if (call !== undefined) receiver?.settle(call, itemCount, outcome);
    return outcome;
  }

  #reject({ itemCount }: Batch, rejection: Rejection): Rejection {
    this.refusedItems += itemCount;
    this.sender?.sent(itemCount, rejection);
    this.#receiver?.reject(itemCount);
    return rejection;
  }

  #closed(batch: Batch): Rejection | Promise<Outcome> {
    const { held } = this.#gate;
    if (held !== undefined) return held.then(() => this.consume(batch));
    return this.#reject(batch, this.#gate.rejection());
  }

  #reserve(batch: Batch): Reservation | Rejection {
    const reserved = this.#gate.open ? this.#target.reserve?.(batch) : undefined;
    if (reserved?.kind !== 'reserved') return this.#reject(batch, reserved ?? this.#gate.rejection());
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

/** A batch on its way through a component. A reload can replace the ledgers of an edge meanwhile. */
interface Passage {
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly startMillis: number;
  readonly sender: ItemLedger | undefined;
  readonly receiver: ItemLedger | undefined;
  readonly call: Call | undefined;
}

/** The state of a component that determines whether it accepts batches, and the rejections to return if it does not. */
export interface Gate {
  readonly open: boolean;
  /** While the component is exchanged for its successor: resolves when batches can pass again. */
  readonly held: Promise<void> | undefined;
  rejection(): Rejection;
  failed(error: unknown): Rejection;
}
