import type { Batch, BatchContext, Outcome } from '@otelier/otlp';
import type { Consumer, Processor, SignalContext } from '../../component/contract.ts';
import { Delivery } from '../../component/delivery.ts';
import { errorMessage } from '../../component/error-message.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import type { TakenBatch } from '../../component/storage/contract.ts';
import { storageOf } from '../../component/storage/storage-of.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import type { TailSamplingConfig } from './config.ts';
import { createPolicies } from './create-policies.ts';
import { FunctionDecisions } from './function-decisions.ts';
import { FunctionPolicies } from './functions.ts';
import { SpanIngest } from './ingest.ts';
import { MemoryShare } from './memory-share.ts';
import { observerOf } from './observer.ts';
import { TraceDrops } from './policies/trace-drops.ts';
import { Sampler } from './sampler.ts';
import { Tenants } from './tenants.ts';
import { type KnownDecision, TraceLog } from './trace-log.ts';

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
  /** Stores undecided traces, with `storage`. */
  #log: TraceLog | undefined;
  /** A stored request for which there is no memory yet. */
  #held: TakenBatch | undefined;
  readonly #functions: FunctionPolicies;
  readonly #functionDecisions: FunctionDecisions | undefined;
  /** Number of spans that are stored and not in traces, and that wait until their decision is stored. */
  #storedSpans = 0;

  constructor(config: TailSamplingConfig, next: Consumer, context: SignalContext<'traces'>) {
    this.#config = config;
    this.#maxTraces = Math.max(1, Math.trunc(config.numTraces / context.instanceCount));
    this.#context = context;
    this.#delivery = new Delivery(next, context, false, config.storage !== undefined);
    this.#ticks = every(context, TICK_MILLIS, () => this.#tick());
    this.#memory = new MemoryShare(context);
    this.#functions = new FunctionPolicies(context);
    const environment = evaluationContext(context);
    const policies = createPolicies(config.policies, { ...context, environment, functions: this.#functions });
    const send = (request: Uint8Array, itemCount: number, tenant: number) => this.#send(request, itemCount, tenant);
    const configured = config.policies.map(({ name }) => name);
    const drops = new TraceDrops(
      context,
      policies.map(({ name }) => name),
      configured,
    );
    this.#sampler = new Sampler(config, policies, context, drops, send, observerOf(policies, context));
    if (!this.#functions.isEmpty)
      this.#functionDecisions = new FunctionDecisions(this.#sampler, this.#functions, () => this.#mayDecide());
    const { decisionWaitAfterRootReceived: rootWait } = config;
    this.#ingest = new SpanIngest(this.#sampler, {
      maxTraces: this.#maxTraces,
      evicts: !config.blockOnOverflow,
      rootTicks: rootWait > 0 ? Math.trunc(rootWait / TICK_MILLIS) : -1,
      evaluates: config.samplingStrategy === 'span-ingest',
      limitsSize: config.maximumTraceSizeBytes > 0,
      late: drops.late,
      delivered: (spans) => context.merged(spans, 'delivered_before'),
      ...(config.storage === undefined ? {} : { knownDecision: (ids, tenant) => this.#knownDecision(ids, tenant) }),
    });
  }

  async start(): Promise<void> {
    if (this.#config.storage !== undefined) await this.#openLog(this.#config.storage);
    await this.#functions.start();
    await this.#ticks.start();
    this.#readLog();
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#delivery.rejection !== undefined) return this.#delivery.whenUnblocked(() => this.#take(batch));
    if (this.#isFull()) return this.#consumeWhenDecided(batch);
    return this.#take(batch);
  }

  async drain(deadline: AbortSignal): Promise<void> {
    await this.#ticks.shutdown();
    this.#cancelTurn?.();
    const { traces, output } = this.#sampler;
    if (this.#log !== undefined) {
      // Undecided traces stay in the storage.
      output.flush();
      await this.#log.sent();
      return this.#delivery.drain(deadline);
    }
    const discards = this.#config.dropPendingTracesOnShutdown;
    if (!discards) await this.#functionDecisions?.decideAll(deadline);
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
    this.#held?.admission?.release();
    this.#held = undefined;
    await this.#functions.shutdown();
    await this.#log?.close();
    if (this.#log !== undefined) this.#keepStored();
    this.#delivery.end();
  }

  heldItems(): number {
    return this.#sampler.traces.pendingSpans + this.#storedSpans + this.#delivery.heldItems;
  }

  #take(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#log !== undefined) return this.#store(this.#log, batch);
    if (!this.#reserve(batch)) return this.#memory.rejection;
    this.#ingestBatch(batch);
    return this.#delivery.accept();
  }

  #ingestBatch(batch: Batch): void {
    const tenant = this.#tenants.indexOf(batch.context);
    for (const part of batch.parts) this.#ingest.take(part, tenant);
    this.#sampler.output.flush();
  }

  async #openLog(id: string): Promise<void> {
    const { host, kind, logger, instanceCount } = this.#context;
    if (instanceCount > 1) throw new Error('storage: expected one thread, got service.workers');
    const log = await TraceLog.open(
      storageOf(id, host),
      { kind, id: this.#context.id },
      {
        onError: (error) => logger.error({ err: error }, 'cannot access stored traces, continuing without them'),
        onLost: (items, message) => {
          logger.error({ items }, `stored traces damaged: ${message}`);
          // The size of the log that has just been opened does not include what is damaged.
          if (this.#log === undefined) this.#context.created(items, 'recovered');
          else this.#storedSpans -= items;
          this.#context.dropped(items, 'damaged');
        },
      },
    );
    const { table } = this.#sampler.traces;
    this.#sampler.observer = {
      added: (index) => log.added(index),
      decided: (index, isSampled) =>
        log.decided(index, table.ids, this.#tenants.contextOf(table.tenantOf(index)).tenant, isSampled),
    };
    if (log.waitingItems > 0) this.#context.created(log.waitingItems, 'recovered');
    this.#storedSpans += log.waitingItems;
    log.onReadable = () => this.#readLog();
    this.#log = log;
  }

  /** Stores a batch. `#readLog` adds its spans to their traces. */
  async #store(log: TraceLog, batch: Batch): Promise<Outcome> {
    if (this.#held !== undefined) return this.#memory.rejection;
    const admission = this.#context.admission.admit(batch.sizeBytes, batch.parts.length);
    if ('kind' in admission) return admission;
    // Before it is stored, because it may be read before the outcome is known.
    this.#storedSpans += batch.itemCount;
    try {
      await log.append(batch, admission);
    } catch (error) {
      this.#storedSpans -= batch.itemCount;
      return { kind: 'retry', afterMillis: TICK_MILLIS, reason: `cannot store traces: ${errorMessage(error)}` };
    }
    return this.#delivery.accept();
  }

  /** Adds the spans of stored requests to their traces, as far as there is memory. */
  #readLog(): void {
    const log = this.#log;
    if (log === undefined) return;
    for (let taken = this.#held ?? log.take(); taken !== undefined; taken = log.take()) {
      this.#held = undefined;
      if (!this.#reserve(taken.batch)) {
        this.#held = taken;
        return;
      }
      this.#storedSpans -= taken.batch.itemCount;
      this.#ingestBatch(taken.batch);
      log.ingested();
    }
  }

  /** Counts what stays in the storage. */
  #keepStored(): void {
    const { traces } = this.#sampler;
    const items = traces.pendingSpans + this.#storedSpans;
    if (items > 0) this.#context.merged(items, 'stored');
    traces.pendingSpans = 0;
    this.#storedSpans = 0;
  }

  #knownDecision(ids: readonly [number, number, number, number], tenant: number): KnownDecision | undefined {
    return this.#log?.knownDecision(ids, this.#tenants.contextOf(tenant).tenant);
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
      if (this.#functionDecisions !== undefined) {
        // Functions decide in another thread. The sender retries.
        if (mayDecide) void this.#functionDecisions.decideFirst(EARLY_TRACES, () => this.#decided());
        this.#memory.reportEarly();
        return false;
      }
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
    this.#log?.flush();
    this.#readLog();
  }

  /** Decides the traces that are due, with pauses for other work. */
  #decideDue(): void {
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
    if (this.#functionDecisions !== undefined) {
      void this.#functionDecisions.decideDue(() => this.#decided());
      return;
    }
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

  /** Continues after functions have decided about some traces. */
  #decided(): void {
    this.#sampler.output.flush();
    this.#wake();
    this.#readLog();
  }

  #mayDecide(): boolean {
    return this.#delivery.rejection === undefined;
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
    if (this.#log === undefined) {
      this.#delivery.send({ batch, pendingBatches: [{ admission, settle: undefined, pieces: 1 }] });
      return;
    }
    this.#storedSpans += itemCount;
    this.#log.send((delivered) => {
      this.#storedSpans -= itemCount;
      // What is not delivered before the shutdown stays in the storage.
      const settle = ({ kind }: Outcome) => (kind === 'retry' ? undefined : delivered());
      this.#delivery.send({ batch, pendingBatches: [{ admission, settle, pieces: 1 }] });
    });
  }
}

const UNCOUNTED = { grow: () => true, release: () => {} };

/** Number of traces decided at once when memory is full. */
const EARLY_TRACES = 64;
