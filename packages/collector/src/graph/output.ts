import type { Batch, Outcome } from '@otelier/otlp';
import { type Consumer, passOwned } from '../component/contract.ts';

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

  constructor(target: Consumer) {
    this.#target = target;
    this.set(target);
  }

  /** Replaces the target for all further batches. */
  set(target: Consumer): void {
    this.#target = target;
    this.reserve = target.reserve?.bind(target);
    this.whenWritable = target.whenWritable?.bind(target);
    this.whenBelowHighWaterMark = target.whenBelowHighWaterMark?.bind(target);
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    return this.#target.consume(batch);
  }

  consumeOwned(batch: Batch): Outcome | Promise<Outcome> {
    return passOwned(this.#target, batch);
  }
}
