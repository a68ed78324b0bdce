import type { Batch, BatchContext, Outcome } from '@otelier/otlp';
import type { Consumer, Processor, SignalContext } from '../../component/contract.ts';
import { Delivery } from '../../component/delivery.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import type { TailSamplingConfig } from './config.ts';
import { createPolicies } from './create-policies.ts';
import { SpanIngest } from './ingest.ts';
import { MemoryShare } from './memory-share.ts';
import { observerOf } from './observer.ts';
import { Sampler } from './sampler.ts';
import { Tenants } from './tenants.ts';

const TICK_MILLIS = 1000;

/** Number of traces to decide before yielding to other work. */
const TRACES_PER_TURN = 512;

/** How long decisions wait while the next component is full. */
const BLOCKED_MILLIS = 250;

/** Collects the spans of traces and forwards those of sampled traces. */
export class TailSamplingProcessor implements Processor {
  readonly #config: TailSamplingConfig;
  /** Maximum number of traces in this thread. */
  readonly #maxTraces: number;
  readonly #context: SignalContext<'traces'>;
  readonly #delivery: Delivery;
  readonly #sampler: Sampler;
  readonly #ingest: SpanIngest;
  readonly #tenants = new Tenants(() => this.#sampler.tenantsInUse());
  readonly #memory: MemoryShare;
  readonly #ticks: PeriodicTask;
  #cancelTurn: (() => void) | undefined;
  /** Callers waiting for a trace to be decided. */
  readonly #waiting = new Set<() => void>();

  constructor(config: TailSamplingConfig, next: Consumer, context: SignalContext<'traces'>) {
    this.#config = config;
    this.#maxTraces = Math.max(1, Math.trunc(config.numTraces / context.instanceCount));
    this.#context = context;
    this.#delivery = new Delivery(next, context);
    this.#ticks = every(context, TICK_MILLIS, () => this.#tick());
    this.#memory = new MemoryShare(context);
    const policies = createPolicies(config.policies, { ...context, environment: evaluationContext(context) });
    const send = (request: Uint8Array, itemCount: number, tenant: number) => this.#send(request, itemCount, tenant);
    this.#sampler = new Sampler(config, policies, context, send, observerOf(policies, context));
    const { decisionWaitAfterRootReceived: rootWait } = config;
    this.#ingest = new SpanIngest(this.#sampler, {
      maxTraces: this.#maxTraces,
      evicts: !config.blockOnOverflow,
      rootTicks: rootWait > 0 ? Math.trunc(rootWait / TICK_MILLIS) : -1,
      evaluates: config.samplingStrategy === 'span-ingest',
      limitsSize: config.maximumTraceSizeBytes > 0,
      dropped: (spans) => context.dropped(spans, 'sampled'),
    });
  }

  start(): Promise<void> {
    return this.#ticks.start();
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#delivery.rejection !== undefined) return this.#consumeLater(batch);
    if (this.#isFull()) return this.#consumeWhenDecided(batch);
    return this.#take(batch);
  }

  async drain(deadline: AbortSignal): Promise<void> {
    await this.#ticks.shutdown();
    this.#cancelTurn?.();
    const { traces, output } = this.#sampler;
    const discards = this.#config.dropPendingTracesOnShutdown;
    for (let index = traces.wheel.takeFirst(); index >= 0; index = traces.wheel.takeFirst()) {
      if (discards) this.#sampler.discard(index);
      else this.#sampler.decide(index);
    }
    output.flush();
    this.#wake();
    await this.#delivery.drain(deadline);
  }

  async shutdown(): Promise<void> {
    await this.#ticks.shutdown();
    this.#cancelTurn?.();
    this.#wake();
    this.#memory.release();
    this.#delivery.end();
  }

  #take(batch: Batch): Outcome | Promise<Outcome> {
    if (!this.#reserve(batch)) return this.#memory.rejection;
    const tenant = this.#tenants.indexOf(batch.context);
    for (const part of batch.parts) this.#ingest.take(part, tenant);
    this.#sampler.output.flush();
    return this.#delivery.accept();
  }

  async #consumeLater(batch: Batch): Promise<Outcome> {
    await this.#delivery.whenUnblocked();
    return this.#delivery.rejection ?? this.#take(batch);
  }

  /** Waits until there is a trace that can be removed, then consumes the batch. */
  async #consumeWhenDecided(batch: Batch): Promise<Outcome> {
    while (this.#isFull()) {
      const decided = Promise.withResolvers<void>();
      this.#waiting.add(decided.resolve);
      await decided.promise;
    }
    return this.#take(batch);
  }

  #isFull(): boolean {
    if (!this.#config.blockOnOverflow) return false;
    const { traces } = this.#sampler;
    // Decided traces are removed first. The Collector waits forever if there is no decision cache.
    while (traces.count >= this.#maxTraces && traces.wheel.size < traces.count)
      if (!this.#sampler.evictDecided()) break;
    return traces.count >= this.#maxTraces;
  }

  /** Reserves the memory that a batch needs, deciding the oldest traces early if necessary. */
  #reserve(batch: Batch): boolean {
    const { store, traces, output } = this.#sampler;
    let isEarly = false;
    while (!this.#memory.set(this.#sampler.sizeBytes, this.#costOf(batch))) {
      const mayDecide = traces.wheel.size > 0 && this.#delivery.rejection === undefined;
      if (!mayDecide && !store.dropFree()) return false;
      isEarly = true;
      for (let count = 0; mayDecide && count < EARLY_TRACES; count++) {
        const index = traces.wheel.takeFirst();
        if (index < 0) break;
        this.#sampler.decide(index);
      }
    }
    if (isEarly) output.flush();
    if (isEarly) this.#memory.reportEarly();
    return true;
  }

  #costOf({ parts, itemCount }: Batch): number {
    const { store, traces } = this.#sampler;
    const spans = parts.reduce((sum, part) => sum + store.costOfPart(part.length), store.costOfRuns(itemCount));
    return spans + traces.costOf(Math.min(traces.count + itemCount, this.#maxTraces));
  }

  #tick(): void {
    this.#sampler.traces.wheel.advance();
    this.#sampler.store.trim();
    this.#memory.set(this.#sampler.sizeBytes, 0);
    this.#decideDue();
  }

  /** Decides the traces that are due, with pauses for other work. */
  #decideDue(): void {
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
    const { wheel } = this.#sampler.traces;
    const { clock } = this.#context;
    for (let count = 0; count < TRACES_PER_TURN; count++) {
      if (this.#delivery.rejection !== undefined) {
        this.#cancelTurn = clock.setTimeout(() => this.#decideDue(), BLOCKED_MILLIS);
        break;
      }
      const index = wheel.takeDue();
      if (index < 0) break;
      this.#sampler.decide(index);
      if (count === TRACES_PER_TURN - 1) this.#cancelTurn = clock.setTimeout(() => this.#decideDue(), 0);
    }
    this.#sampler.output.flush();
    this.#wake();
  }

  #wake(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }

  #send(request: Uint8Array, itemCount: number, tenant: number): void {
    const context: BatchContext = this.#tenants.contextOf(tenant);
    const sizeBytes = request.length;
    const admitted = this.#context.admission.admit(sizeBytes);
    // A trace's memory is released immediately, so no spans are lost when memory runs out.
    const admission = 'kind' in admitted ? UNCOUNTED : admitted;
    const batch: Batch = { signal: 'traces', parts: [request], itemCount, sizeBytes, context };
    this.#delivery.send({ batch, pendingBatches: [{ admission, settle: undefined, pieces: 1 }] });
  }
}

const UNCOUNTED = { grow: () => true, release: () => {} };

/** Number of traces decided at once when memory is full. */
const EARLY_TRACES = 64;
