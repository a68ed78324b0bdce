import { ACCEPTED, type Batch, type BatchContext, type Outcome } from '@otelier/otlp';
import type { Consumer, DropRule, Processor, SignalContext } from '../../component/contract.ts';
import { Delivery, type PendingBatch } from '../../component/delivery.ts';
import { splitByTrace } from './split.ts';

/** The `group_by_trace` configuration. */
export interface GroupByTraceConfig {
  readonly waitDuration: number;
  readonly numTraces: number;
}

/** The spans of a trace received so far. */
interface Trace {
  readonly context: BatchContext;
  readonly parts: Uint8Array[];
  readonly pendingBatches: PendingBatch[];
  itemCount: number;
  sizeBytes: number;
}

/** The time at which a trace is forwarded. */
interface Due {
  readonly key: string;
  readonly millis: number;
}

/** Buffers the spans of each trace for a fixed time after the first one. */
export class GroupByTraceProcessor implements Processor {
  readonly #config: GroupByTraceConfig;
  readonly #context: SignalContext;
  readonly #delivery: Delivery;
  /** By tenant and trace ID, in order of the first span. */
  readonly #traces = new Map<string, Trace>();
  /** In chronological order, because all traces wait equally long. Entries before `#nextDue` have been processed. */
  readonly #due: Due[] = [];
  #waitingItems = 0;
  #nextDue = 0;
  readonly #evicted: DropRule;
  #cancel: (() => void) | undefined;
  #isFull = false;

  constructor(config: GroupByTraceConfig, next: Consumer, context: SignalContext) {
    this.#config = config;
    this.#context = context;
    this.#evicted = context.dropRule({ reason: 'evicted', rule: 'more than num_traces', path: ['num_traces'] });
    this.#delivery = new Delivery(next, context);
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#delivery.rejection !== undefined) return this.#delivery.whenUnblocked(() => this.consume(batch));
    const pieces = batch.parts.flatMap((part) => splitByTrace(batch.signal, part));
    if (pieces.length === 0) return ACCEPTED;
    const sizeBytes = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const admission = this.#context.admission.admit(sizeBytes, pieces.length);
    if ('kind' in admission) return admission;
    const pendingBatch: PendingBatch = { admission, settle: undefined, pieces: pieces.length };
    for (const { traceId, bytes, itemCount } of pieces) {
      const trace = this.#traceOf(batch.context, traceId);
      trace.parts.push(bytes);
      trace.pendingBatches.push(pendingBatch);
      trace.itemCount += itemCount;
      this.#waitingItems += itemCount;
      trace.sizeBytes += bytes.length;
    }
    this.#schedule();
    return this.#delivery.accept();
  }

  async drain(deadline: AbortSignal): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const key of [...this.#traces.keys()]) this.#release(key);
    this.#due.length = 0;
    this.#nextDue = 0;
    await this.#delivery.drain(deadline);
  }

  async shutdown(): Promise<void> {
    await this.drain(AbortSignal.abort());
    this.#delivery.end();
  }

  heldItems(): number {
    return this.#waitingItems + this.#delivery.heldItems;
  }

  #traceOf({ tenant, arrivalMillis }: BatchContext, traceId: string): Trace {
    const key = `${tenant} ${traceId}`;
    const found = this.#traces.get(key);
    if (found !== undefined) return found;
    if (this.#traces.size >= this.#config.numTraces) this.#evict();
    else this.#isFull = false;
    const trace: Trace = {
      context: { tenant, arrivalMillis, subject: undefined, metadata: {} },
      parts: [],
      pendingBatches: [],
      itemCount: 0,
      sizeBytes: 0,
    };
    this.#traces.set(key, trace);
    this.#due.push({ key, millis: this.#context.clock.monotonic() + this.#config.waitDuration });
    return trace;
  }

  /** Drops the oldest trace. */
  #evict(): void {
    const [oldest] = this.#traces;
    if (oldest === undefined) return;
    const [key, { itemCount, parts, pendingBatches }] = oldest;
    this.#traces.delete(key);
    this.#waitingItems -= itemCount;
    this.#context.dropped(itemCount, 'evicted');
    this.#evicted.parts(parts);
    for (const pendingBatch of pendingBatches) if (--pendingBatch.pieces === 0) pendingBatch.admission.release();
    if (this.#isFull) return;
    this.#isFull = true;
    const { numTraces } = this.#config;
    this.#context.logger.warn({ numTraces }, 'dropping the oldest traces: more than num_traces are waiting');
  }

  #release(key: string): void {
    const trace = this.#traces.get(key);
    // An evicted trace no longer exists.
    if (trace === undefined) return;
    this.#traces.delete(key);
    this.#waitingItems -= trace.itemCount;
    const { pendingBatches, ...batch } = trace;
    this.#delivery.send({ batch: { signal: this.#context.signal, ...batch }, pendingBatches });
  }

  #schedule(): void {
    const due = this.#due[this.#nextDue];
    if (this.#cancel !== undefined || due === undefined) return;
    const { clock } = this.#context;
    this.#cancel = clock.setTimeout(
      () => {
        this.#cancel = undefined;
        this.#releaseDue();
        this.#schedule();
      },
      Math.max(0, due.millis - clock.monotonic()),
    );
  }

  #releaseDue(): void {
    const now = this.#context.clock.monotonic();
    for (let due = this.#due[this.#nextDue]; due !== undefined && due.millis <= now; due = this.#due[this.#nextDue]) {
      this.#nextDue++;
      this.#release(due.key);
    }
    if (this.#nextDue * 2 < this.#due.length) return;
    this.#due.splice(0, this.#nextDue);
    this.#nextDue = 0;
  }
}
