import type { Batch, Outcome } from '@otelier/otlp';
import type { Rejection } from '../component/admissions.ts';
import { type Consumer, commitOwned, passOwned, type Reservation } from '../component/contract.ts';
import type { ItemLedger } from './ledger/item-ledger.ts';

/**
 * An output of a component: a consumer whose target a reload replaces. The component keeps its output, and with it
 * everything that it buffers, whatever the pipelines behind it become.
 */
export class Output implements Consumer {
  // Fields rather than methods: callers check whether the target has them.
  reserve: Consumer['reserve'];
  whenWritable: Consumer['whenWritable'];
  whenBelowHighWaterMark: Consumer['whenBelowHighWaterMark'];
  #target: Consumer;
  #sender: ItemLedger | undefined;

  constructor(target: Consumer, sender?: ItemLedger) {
    this.#target = target;
    this.set(target, sender);
  }

  /**
   * Replaces the target for all further batches. `sender` is the ledger of the component, if the target is not an edge
   * that counts for it.
   */
  set(target: Consumer, sender?: ItemLedger): void {
    this.#target = target;
    this.#sender = sender;
    const reserve = target.reserve?.bind(target);
    this.reserve = sender === undefined ? reserve : reserve && ((batch) => this.#reserve(batch, reserve));
    this.whenWritable = target.whenWritable?.bind(target);
    this.whenBelowHighWaterMark = target.whenBelowHighWaterMark?.bind(target);
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#sender === undefined) return this.#target.consume(batch);
    return count(this.#sender, batch, () => this.#target.consume(batch));
  }

  consumeOwned(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#sender === undefined) return passOwned(this.#target, batch);
    return count(this.#sender, batch, () => passOwned(this.#target, batch));
  }

  #reserve(batch: Batch, reserve: NonNullable<Consumer['reserve']>): Reservation | Rejection {
    const sender = this.#sender;
    const reserved = reserve(batch);
    if (sender === undefined) return reserved;
    if (reserved.kind !== 'reserved') {
      sender.sent(batch.itemCount, reserved);
      return reserved;
    }
    return {
      kind: 'reserved',
      commit: () => count(sender, batch, () => reserved.commit()),
      commitOwned: () => count(sender, batch, () => commitOwned(reserved)),
      cancel: () => reserved.cancel(),
    };
  }
}

/** Counts a batch for its sender, once all branches have an outcome. */
function count(
  sender: ItemLedger,
  { itemCount }: Batch,
  consume: () => Outcome | Promise<Outcome>,
): Outcome | Promise<Outcome> {
  sender.sendingItems += itemCount;
  const settled = (outcome: Outcome) => {
    sender.sendingItems -= itemCount;
    sender.sent(itemCount, outcome);
    return outcome;
  };
  const result = consume();
  return result instanceof Promise ? result.then(settled) : settled(result);
}
