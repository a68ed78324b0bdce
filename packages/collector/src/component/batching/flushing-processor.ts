import type { Batch, Outcome } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { Consumer, Processor, SignalContext } from '../contract.ts';
import { Delivery } from '../delivery.ts';
import { every, type PeriodicTask } from '../every.ts';

/** Maximum share of the memory budget for aggregated telemetry, which must leave memory for telemetry in flight. */
const MEMORY_SHARE = 0.25;

/**
 * A processor that aggregates batches and forwards the result after each interval, or earlier when the memory for it is
 * used up.
 */
export abstract class FlushingProcessor implements Processor {
  protected readonly next: Consumer;
  protected readonly context: SignalContext;
  readonly #delivery: Delivery;
  readonly #flushes: PeriodicTask;
  /** The memory reserved for the aggregated telemetry. */
  #admission: Admission | undefined;
  #usedBytes = 0;

  constructor(intervalMillis: number, next: Consumer, context: SignalContext) {
    this.next = next;
    this.context = context;
    this.#delivery = new Delivery(next, context);
    this.#flushes = every(context, intervalMillis, () => this.#flush());
  }

  /** Aggregates a batch. Calls `reserveMemory` before its telemetry takes memory, and `settleMemory` afterwards. */
  protected abstract aggregate(batch: Batch): Outcome | Promise<Outcome>;

  /** Returns the batches to forward, and starts over. */
  protected abstract take(): readonly Batch[];

  start(): Promise<void> {
    return this.#flushes.start();
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#delivery.rejection !== undefined) return this.#delivery.whenUnblocked(() => this.consume(batch));
    return this.aggregate(batch);
  }

  async drain(deadline: AbortSignal): Promise<void> {
    await this.#flushes.shutdown();
    this.#flush();
    await this.#delivery.drain(deadline);
  }

  async shutdown(): Promise<void> {
    await this.drain(AbortSignal.abort());
    this.#delivery.end();
  }

  /** Reserves memory, after an early flush if there is not enough. Returns an outcome if it cannot. */
  protected reserveMemory(bytes: number): Outcome | undefined {
    const { admission } = this.context;
    const isFull = this.#usedBytes + bytes > admission.limitBytes * MEMORY_SHARE;
    if (this.#admission !== undefined && !isFull && this.#admission.grow(bytes)) return undefined;
    if (this.#admission !== undefined) this.#flush();
    const admitted = admission.admit(bytes);
    if ('kind' in admitted) return admitted;
    this.#admission = admitted;
    return undefined;
  }

  /** Releases the part of the reserved memory that was not used. */
  protected settleMemory(reservedBytes: number, usedBytes: number): void {
    this.#usedBytes += usedBytes;
    this.#admission?.shrink?.(reservedBytes - usedBytes);
  }

  #flush(): void {
    const batches = this.take();
    const admission = this.#admission;
    this.#admission = undefined;
    this.#usedBytes = 0;
    if (admission === undefined) return;
    const pendingBatch = { admission, settle: undefined, pieces: batches.length };
    if (batches.length === 0) admission.release();
    for (const batch of batches) this.#delivery.send({ batch, pendingBatches: [pendingBatch] });
  }
}
