import { ACCEPTED, type Batch, localContext, type Outcome } from '@otelier/otlp';
import type { Connector, ConnectorOutputs, Consumer, SignalContext } from '../component/contract.ts';
import { Delivery } from '../component/delivery.ts';
import { every, type PeriodicTask } from '../component/every.ts';
import { nowUnixNano } from './now.ts';

/** Aggregates the telemetry of one tenant into metrics. */
export interface Aggregator {
  /** Adds the telemetry of a batch. */
  add(batch: Batch, moment: Moment): void;
  /** Returns the requests with the metrics to emit now. `isFinal` means that nothing is added or collected afterwards. */
  collect(moment: Moment, options: { readonly isFinal: boolean }): readonly WrittenRequest[];
  /** Whether anything has been added since the last `collect`. */
  readonly hasNews: boolean;
  /** Whether it has no state and can be discarded. */
  readonly isEmpty: boolean;
}

/** A point in time on both clocks. */
export interface Moment {
  /** Nanoseconds since the epoch, for data point times. */
  readonly timeUnixNano: bigint;
  /** Milliseconds on the monotonic clock, for expiration. */
  readonly monotonicMillis: number;
}

/** An encoded metrics request, and its number of data points. */
export interface WrittenRequest {
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

/** Options for an `AggregatingConnector`. */
export interface AggregatingOptions<A extends Aggregator> {
  /** Interval at which metrics are emitted; 0 emits them after every batch. */
  readonly intervalMillis: number;
  createAggregator(): A;
  /** Additional periodic tasks, which run for every aggregator. */
  readonly tasks?: readonly { readonly intervalMillis: number; run(aggregator: A, moment: Moment): void }[];
}

/**
 * A connector that emits, at regular intervals, metrics derived from the telemetry that it consumes. Tenants are kept
 * separate. While the next component is full, nothing is collected: the aggregators keep accumulating, so their next
 * metrics include what has not been emitted. `drain` emits what has been added since the last interval.
 */
export class AggregatingConnector<A extends Aggregator> implements Connector {
  readonly #options: AggregatingOptions<A>;
  readonly #context: SignalContext;
  readonly #delivery: Delivery;
  readonly #tasks: readonly PeriodicTask[];
  readonly #aggregators = new Map<string, A>();
  #pendingBatches = 0;
  #reportedTenants = false;

  constructor(options: AggregatingOptions<A>, next: Consumer, context: SignalContext) {
    this.#options = options;
    this.#context = context;
    this.#delivery = new Delivery(next, context);
    const { intervalMillis, tasks = [] } = options;
    this.#tasks = [
      ...tasks.map((task) => every(context, task.intervalMillis, () => this.#runForAll(task))),
      ...(intervalMillis > 0 ? [every(context, intervalMillis, () => this.#emit(false))] : []),
    ];
  }

  async start(): Promise<void> {
    for (const task of this.#tasks) await task.start();
  }

  consume(batch: Batch): Outcome {
    const aggregator = this.#aggregatorOf(batch.context.tenant);
    if (aggregator === undefined) {
      this.#context.dropped(batch.itemCount, 'tenants');
      return ACCEPTED;
    }
    aggregator.add(batch, this.#moment());
    if (this.#options.intervalMillis <= 0) this.#emit(false);
    return ACCEPTED;
  }

  async drain(deadline: AbortSignal): Promise<void> {
    await this.#stop();
    if (this.#pendingBatches > 0) await this.#delivery.drain(deadline);
    this.#emit(true);
    await this.#delivery.drain(deadline);
  }

  async shutdown(): Promise<void> {
    await this.#stop();
    await this.#delivery.drain(AbortSignal.abort());
    this.#delivery.end();
  }

  #aggregatorOf(tenant: string): A | undefined {
    let aggregator = this.#aggregators.get(tenant);
    if (aggregator !== undefined) return aggregator;
    if (this.#aggregators.size >= MAX_TENANTS) {
      if (!this.#reportedTenants)
        this.#context.logger.warn({ limit: MAX_TENANTS }, 'too many tenants, dropping telemetry of further ones');
      this.#reportedTenants = true;
      return undefined;
    }
    aggregator = this.#options.createAggregator();
    this.#aggregators.set(tenant, aggregator);
    return aggregator;
  }

  async #stop(): Promise<void> {
    for (const task of this.#tasks) await task.shutdown();
  }

  #runForAll({ run }: NonNullable<AggregatingOptions<A>['tasks']>[number]): void {
    const moment = this.#moment();
    for (const aggregator of this.#aggregators.values()) run(aggregator, moment);
  }

  #moment(): Moment {
    const { clock } = this.#context;
    return { timeUnixNano: nowUnixNano(clock), monotonicMillis: clock.monotonic() };
  }

  #emit(isFinal: boolean): void {
    const isBlocked = this.#delivery.rejection !== undefined || this.#pendingBatches >= MAX_PENDING;
    if (isBlocked && !isFinal) return;
    const moment = this.#moment();
    for (const [tenant, aggregator] of this.#aggregators) {
      if (isFinal && !aggregator.hasNews) continue;
      const requests = aggregator.collect(moment, { isFinal });
      if (requests.length > 0) this.#send(tenant, requests, Number(moment.timeUnixNano / 1_000_000n));
      if (aggregator.isEmpty) this.#aggregators.delete(tenant);
    }
  }

  #send(tenant: string, requests: readonly WrittenRequest[], arrivalMillis: number): void {
    const { admission: admissions } = this.#context;
    const parts = requests.map(({ bytes }) => bytes);
    const batch: Batch = {
      signal: 'metrics',
      parts,
      itemCount: requests.reduce((sum, { itemCount }) => sum + itemCount, 0),
      sizeBytes: parts.reduce((sum, { length }) => sum + length, 0),
      context: { ...localContext(arrivalMillis), tenant },
    };
    const admission = admissions.admit(batch.sizeBytes, parts.length);
    if ('kind' in admission) {
      this.#context.dropped(batch.itemCount, 'memory');
      return;
    }
    this.#pendingBatches++;
    const settle = () => {
      this.#pendingBatches--;
    };
    this.#delivery.send({ batch, pendingBatches: [{ admission, settle, pieces: 1 }] });
  }
}

/** Number of pending batches at which the next component is considered full. */
const MAX_PENDING = 100;
/** Bounds memory, because senders can choose their tenants. */
const MAX_TENANTS = 1000;

/** Returns the consumer of a connector's downstream metrics pipelines. */
export function metricsOf({ bySignal }: ConnectorOutputs): Consumer {
  if (bySignal.metrics === undefined) throw new Error('no metrics pipeline has this connector as its receiver');
  return bySignal.metrics;
}
