import { type Batch, type BatchContext, type Outcome, SIGNALS } from '@otelier/otlp';
import type { Batching } from '@otelier/query';
import { BatchBuilder } from '../../component/batching/batch-builder.ts';
import { BatchSizeHistograms } from '../../component/batching/size-histogram.ts';
import {
  type Consumer,
  type Processor,
  passOwned,
  releaseOwned,
  retainOwned,
  type SignalContext,
} from '../../component/contract.ts';
import { Delivery, type OutgoingBatch, type PendingBatch } from '../../component/delivery.ts';
import type { BatchConfig } from './config.ts';

/** Why a batch is sent. The end of the processor counts as a timeout, as in the Collector. */
type Trigger = 'size' | 'timeout';

/** Merges batches by tenant and metadata, and sends them based on size or a timeout. */
export class BatchProcessor implements Processor {
  readonly #config: BatchConfig;
  readonly #next: Consumer;
  readonly #context: SignalContext;
  readonly #delivery: Delivery;
  readonly #builders = new Map<string, BatchBuilder<PendingBatch>>();
  readonly #sizes = new BatchSizeHistograms();
  readonly #triggers: Record<Trigger, number> = { size: 0, timeout: 0 };

  constructor(config: BatchConfig, next: Consumer, context: SignalContext) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
    this.#delivery = new Delivery(next, context, config.waitForResult);
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    retainOwned(batch);
    return this.consumeOwned(batch);
  }

  /** Merged batches are owned, so that their memory is used again when they are sent. */
  consumeOwned(batch: Batch): Outcome | Promise<Outcome> {
    // Requests of some signals, such as profiles, cannot be concatenated.
    if (!SIGNALS[batch.signal].mergeable) return passOwned(this.#next, batch);
    if (this.#delivery.rejection !== undefined) return this.#delivery.whenUnblocked(() => this.consumeOwned(batch));
    const key = this.#keyOf(batch.context);
    const { metadataCardinalityLimit: limit, waitForResult } = this.#config;
    if (!this.#builders.has(key) && this.#builders.size >= limit) {
      releaseOwned(batch);
      return { kind: 'retry', afterMillis: undefined, reason: `more than ${limit} combinations of metadata` };
    }
    const admission = this.#context.admission.admit(batch.sizeBytes, batch.parts.length);
    if ('kind' in admission) {
      releaseOwned(batch);
      return admission;
    }
    if (waitForResult) return new Promise((settle) => this.#add(key, batch, { admission, settle, pieces: 0 }));
    this.#add(key, batch, { admission, settle: undefined, pieces: 0 });
    return this.#delivery.accept();
  }

  async drain(deadline: AbortSignal): Promise<void> {
    for (const [key, builder] of this.#builders) this.#flush(key, builder, 'timeout');
    await this.#delivery.drain(deadline);
  }

  async shutdown(): Promise<void> {
    await this.drain(AbortSignal.abort());
    this.#delivery.end();
  }

  heldItems(): number {
    // With `wait_for_result`, clients wait for their items.
    if (this.#config.waitForResult) return 0;
    let items = this.#delivery.heldItems;
    for (const builder of this.#builders.values()) items += builder.items;
    return items;
  }

  batching(): Batching {
    return {
      sent: this.#sizes.sizes(),
      sizeTriggers: this.#triggers.size,
      timeoutTriggers: this.#triggers.timeout,
      combinations: this.#config.metadataKeys.length === 0 ? 1 : this.#builders.size,
    };
  }

  #add(key: string, batch: Batch, pendingBatch: PendingBatch): void {
    const { sendBatchSize, sendBatchMaxSize, sendBatchMaxBytes, timeout } = this.#config;
    let builder = this.#builders.get(key);
    if (builder && sendBatchMaxBytes > 0 && builder.bytes + batch.sizeBytes > sendBatchMaxBytes) {
      this.#flush(key, builder, 'size');
      builder = undefined;
    }
    if (!builder) {
      builder = new BatchBuilder<PendingBatch>(batch.signal, this.#mergedContext(batch.context));
      this.#builders.set(key, builder);
    }
    builder.add(batch, pendingBatch);
    if (timeout === 0 || builder.items >= sendBatchSize) {
      // A remainder of a split stays pending, unless everything is sent immediately.
      if (sendBatchMaxSize === 0 || timeout === 0) this.#flush(key, builder, 'size');
      else
        for (const outgoing of builder.takeSplit(sendBatchMaxSize, Math.max(1, sendBatchSize)))
          this.#send(outgoing, 'size');
    }
    this.#arm(key, builder);
  }

  /** Starts the timer of a builder that has pending items; removes an empty builder. */
  #arm(key: string, builder: BatchBuilder<PendingBatch>): void {
    if (builder.items === 0) {
      builder.cancel?.();
      builder.cancel = undefined;
      if (this.#builders.get(key) === builder) this.#builders.delete(key);
    } else {
      builder.cancel ??= this.#context.clock.setTimeout(() => {
        builder.cancel = undefined;
        this.#flush(key, builder, 'timeout');
      }, this.#config.timeout);
    }
  }

  #flush(key: string, builder: BatchBuilder<PendingBatch>, trigger: Trigger): void {
    const { sendBatchMaxSize } = this.#config;
    const split = sendBatchMaxSize > 0 && builder.items > sendBatchMaxSize;
    const outgoing = split ? builder.takeSplit(sendBatchMaxSize, 1) : builder.takeAll();
    for (const each of outgoing) this.#send(each, trigger);
    this.#arm(key, builder);
  }

  #send(outgoing: OutgoingBatch, trigger: Trigger): void {
    this.#triggers[trigger] += 1;
    this.#sizes.record(outgoing.batch);
    this.#delivery.send({ ...outgoing, isOwned: true });
  }

  #keyOf({ tenant, metadata }: BatchContext): string {
    const { metadataKeys } = this.#config;
    if (metadataKeys.length === 0) return tenant;
    return JSON.stringify([tenant, ...metadataKeys.map((name) => metadata[name] ?? null)]);
  }

  /** Removes the metadata that the merged batches do not share. */
  #mergedContext(context: BatchContext): BatchContext {
    const kept = this.#config.metadataKeys.flatMap((name) => {
      const values = context.metadata[name];
      return values === undefined ? [] : [[name, values] as const];
    });
    return { ...context, metadata: Object.fromEntries(kept) };
  }
}
