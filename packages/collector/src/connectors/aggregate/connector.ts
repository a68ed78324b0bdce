import {
  ACCEPTED,
  type Batch,
  type BatchContext,
  forEachItem,
  type ItemCursor,
  localContext,
  type Outcome,
} from '@otelier/otlp';
import type { Connector, Consumer, SignalContext } from '../../component/contract.ts';
import { Delivery } from '../../component/delivery.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import { Subject } from '../../ottl/record/subject.ts';
import type { AggregateConfig } from './config.ts';
import { INPUTS, type Input } from './inputs.ts';
import { definitionOf, definitionsOf, type Measure, measuresOf } from './measure.ts';
import { PartialReader } from './partial-reader.ts';
import { PartialWriter } from './partial-writer.ts';
import { ResultWriter } from './result-writer.ts';
import type { Definition, Fragment } from './series.ts';
import { StateMemory } from './state-memory.ts';
import { TenantState } from './tenant-state.ts';
import { type Windowing, windowingOf } from './windowing.ts';

/** The destination of aggregates. */
export interface AggregateOutput {
  readonly next: Consumer;
  /** `partials` are merged elsewhere. */
  readonly emit: AggregateConfig['emit'];
}

/**
 * Aggregates item values and merges partial aggregates from other threads and nodes. Values are first combined in time
 * slices. After every interval, the slices are either sent as partial aggregates or added to windows, whose results are
 * sent once the watermark has passed their end.
 */
export class AggregateConnector implements Connector {
  readonly #config: AggregateConfig;
  readonly #context: SignalContext;
  readonly #emit: AggregateConfig['emit'];
  readonly #delivery: Delivery;
  readonly #windowing: Windowing;
  readonly #definitions: Map<string, Definition>;
  readonly #input: Input | undefined;
  readonly #measures: readonly Measure[];
  readonly #subject: Subject;
  readonly #reader: PartialReader;
  readonly #partials: PartialWriter;
  readonly #results: ResultWriter;
  readonly #tenants = new Map<string, TenantState>();
  readonly #ticks: PeriodicTask;
  readonly #memory: StateMemory;
  /** Number of tenants whose final partial aggregates are still being sent. */
  #sending = 0;

  constructor(config: AggregateConfig, { next, emit }: AggregateOutput, context: SignalContext) {
    this.#config = config;
    this.#context = context;
    this.#emit = emit;
    this.#delivery = new Delivery(next, context);
    this.#windowing = windowingOf(config.window);
    this.#definitions = definitionsOf(config);
    this.#input = INPUTS[context.signal];
    this.#measures = measuresOf(config, this.#definitions, this.#input, context);
    this.#subject = new Subject(evaluationContext(context));
    this.#reader = new PartialReader(({ name, description, unit }) => this.#definitionOf(name, description, unit));
    this.#partials = new PartialWriter(randomName(context.random));
    this.#results = new ResultWriter(this.#windowing.overlaps);
    this.#memory = new StateMemory(context.admission);
    this.#ticks = every(context, config.interval, () => this.#tick());
  }

  async start(): Promise<void> {
    await this.#ticks.start();
    // Announces this source, so that windows wait for its first values.
    if (this.#emit === 'partials') this.#tenantOf(localContext(this.#context.clock.now()));
  }

  consume(batch: Batch): Outcome {
    if (this.#memory.isFull)
      return { kind: 'retry', afterMillis: this.#config.interval, reason: 'aggregates need too much memory' };
    const tenant = this.#tenantOf(batch.context);
    const before = tenant.bytes;
    this.#subject.batch = batch.context;
    const walk = {
      nowMillis: Math.floor(this.#context.clock.now()),
      newestMillis: Number.NEGATIVE_INFINITY,
      future: 0,
    };
    // Threads send partial aggregates, which are metrics, to connectors of other signals.
    const measures = batch.signal === this.#context.signal ? this.#measures : [];
    const mayBePartial = batch.signal === 'metrics';
    for (const part of batch.parts) {
      forEachItem(batch.signal, part, (cursor) => {
        if (!mayBePartial || !this.#merge(tenant, cursor)) this.#measure(tenant, measures, cursor, walk);
      });
    }
    this.#forgetRequest();
    if (walk.newestMillis > Number.NEGATIVE_INFINITY) this.#observe(tenant, OWN_SOURCE, walk.newestMillis);
    if (walk.future > 0) this.#context.dropped(walk.future, 'future');
    this.#memory.add(tenant.bytes - before);
    return ACCEPTED;
  }

  async drain(deadline: AbortSignal): Promise<void> {
    await this.#ticks.shutdown();
    await this.#delivery.drain(deadline);
    this.#flush(true);
    await this.#delivery.drain(deadline);
    // The newest event time is sent after the partial aggregates.
    await this.#delivery.drain(deadline);
  }

  async shutdown(): Promise<void> {
    await this.drain(AbortSignal.abort());
    this.#delivery.end();
    this.#memory.release();
  }

  /** Adds an item's values to the series to which they belong. */
  #measure(tenant: TenantState, measures: readonly Measure[], cursor: ItemCursor, walk: WalkState): void {
    if (this.#input === undefined || measures.length === 0) return;
    const timeMillis = this.#input.timeMillis(cursor) || walk.nowMillis;
    const subject = this.#subject.moveToItem(cursor);
    for (const measure of measures) {
      const value = measure.valueOf(subject);
      if (value === undefined) continue;
      if (timeMillis > walk.nowMillis + this.#config.maxFuture) {
        walk.future += 1;
        return;
      }
      const range = this.#windowing.partOf(timeMillis, timeMillis);
      if (range === undefined) return;
      const create = () => measure.seriesOf(cursor);
      const values = tenant.combiner.at(measure.keyOf(cursor), measure.definition, range, create);
      if (typeof value === 'object') values.add(value);
      else values.record(value);
      if (timeMillis > walk.newestMillis) walk.newestMillis = timeMillis;
    }
  }

  /** Merges a data point if it is part of a partial aggregate; returns false for other points. */
  #merge(tenant: TenantState, cursor: ItemCursor): boolean {
    const point = this.#reader.read(cursor);
    if (point === undefined) return false;
    if (point.kind === 'newest') {
      this.#observe(tenant, point.source, point.newestMillis);
      return true;
    }
    const { source, number, fragment } = point;
    const { series, values } = fragment;
    this.#observe(tenant, source, Number.NEGATIVE_INFINITY);
    const range = this.#windowing.partOf(fragment.startMillis, fragment.endMillis);
    if (!tenant.seen.isNew(source, number)) this.#context.dropped(values.count, 'duplicate');
    else if (range === undefined) this.#context.dropped(values.count, 'other_windows');
    else tenant.combiner.at(series.key, series.definition, range, () => series).merge(values);
    return true;
  }

  #observe(tenant: TenantState, source: string, newestMillis: number): void {
    tenant.watermark.observe(source, newestMillis, this.#context.clock.monotonic());
  }

  #forgetRequest(): void {
    this.#subject.restart();
    this.#reader.reset();
    for (const measure of this.#measures) measure.reset();
  }

  #tick(): void {
    // While the next component is full, values continue to be combined, which takes no more memory unless there are new
    // series.
    if (this.#delivery.rejection === undefined && this.#sending === 0) this.#flush(false);
  }

  #flush(isLast: boolean): void {
    for (const [key, tenant] of this.#tenants) {
      const before = tenant.bytes;
      const watermarkMillis = tenant.watermark.at(this.#context.clock.monotonic());
      const fragments = tenant.combiner.take();
      if (this.#emit === 'partials') this.#sendPartials(tenant, fragments, watermarkMillis);
      else {
        for (const fragment of fragments) tenant.windows.add(fragment);
        const endMillis = isLast ? Number.POSITIVE_INFINITY : watermarkMillis - this.#config.watermarkDelay;
        this.#send(this.#results.write(tenant.windows.advance(endMillis), tenant.context));
      }
      this.#memory.add(tenant.bytes - before);
      const isIdle = watermarkMillis === Number.POSITIVE_INFINITY && tenant.bytes === 0;
      if (isIdle && this.#tenants.size > MAX_IDLE_TENANTS) this.#tenants.delete(key);
    }
  }

  #sendPartials(tenant: TenantState, fragments: readonly Fragment[], watermarkMillis: number): void {
    const newestMillis = watermarkMillis === Number.POSITIVE_INFINITY ? tenant.sentMillis : watermarkMillis;
    if (fragments.length === 0 && newestMillis === tenant.sentMillis) return;
    tenant.sentMillis = newestMillis;
    this.#sending += 1;
    this.#send(this.#partials.write(fragments, tenant.context), () => {
      this.#sending -= 1;
      this.#send(this.#partials.writeNewest(newestMillis, tenant.context));
    });
  }

  /** Sends batches and calls `then` once all have been delivered. */
  #send(batches: readonly Batch[], then?: () => void): void {
    if (batches.length === 0) {
      then?.();
      return;
    }
    const sizeBytes = batches.reduce((sum, batch) => sum + batch.sizeBytes, 0);
    const admission = this.#memory.admit(sizeBytes, batches.length);
    const pendingBatch = { admission, settle: then, pieces: batches.length };
    for (const batch of batches) this.#delivery.send({ batch, pendingBatches: [pendingBatch] });
  }

  #tenantOf(context: BatchContext): TenantState {
    const existing = this.#tenants.get(context.tenant);
    if (existing !== undefined) return existing;
    const late = (values: number) => this.#context.dropped(values, 'late');
    const tenant = new TenantState(context, this.#config, { windowing: this.#windowing, late });
    this.#tenants.set(context.tenant, tenant);
    if (this.#emit === 'partials') this.#send(this.#partials.writeNewest(Number.NEGATIVE_INFINITY, tenant.context));
    return tenant;
  }

  /** Returns the definition for a metric in partial aggregates. The default functions apply if it is not configured. */
  #definitionOf(name: string, description: string, unit: string): Definition {
    const existing = this.#definitions.get(name);
    if (existing !== undefined) return existing;
    const definition = definitionOf({ name, description, unit }, this.#config, this.#config.histogramMaxSize);
    if (this.#definitions.size < MAX_DEFINITIONS) this.#definitions.set(name, definition);
    return definition;
  }
}

/** The results of walking over a batch. */
interface WalkState {
  readonly nowMillis: number;
  newestMillis: number;
  future: number;
}

/** The source of this connector's own items, as opposed to those of partial aggregates. */
const OWN_SOURCE = '';
const MAX_IDLE_TENANTS = 1000;
const MAX_DEFINITIONS = 10_000;

/** Returns a name that is unique across threads, nodes and runs. */
function randomName(random: () => number): string {
  const half = () =>
    Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  return half() + half();
}
