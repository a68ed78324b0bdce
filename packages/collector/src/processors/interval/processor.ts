import { type Batch, type BatchContext, type ItemCursor, METRIC_FIELDS, type Outcome } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { Consumer, Processor, SignalContext } from '../../component/contract.ts';
import { Delivery } from '../../component/delivery.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import { rewriteBatch } from '../../component/rewriter.ts';
import { PerMetric, readIsMonotonic, readTemporality, TEMPORALITY } from '../../metrics/metric-data.ts';
import { LatestPoints } from './latest-points.ts';

/** The `interval` configuration. */
export interface IntervalConfig {
  readonly interval: number;
  readonly passThrough: { readonly gauge: boolean; readonly summary: boolean };
}

/** Size of forwarded requests, below the message limit of gRPC servers. */
const REQUEST_BYTES = 2 * 2 ** 20;
/** Maximum share of the memory budget for points, which must leave memory for telemetry in flight. */
const MEMORY_SHARE = 0.25;

/** Stores the latest point of each stream, by tenant, and forwards them after each interval. */
export class IntervalProcessor implements Processor {
  readonly #next: Consumer;
  readonly #context: SignalContext;
  readonly #delivery: Delivery;
  readonly #flushes: PeriodicTask;
  readonly #isKept: PerMetric<boolean>;
  readonly #latest = new Map<string, { readonly context: BatchContext; readonly points: LatestPoints }>();
  /** The memory reserved for the points. */
  #admission: Admission | undefined;
  #admittedBytes = 0;

  constructor(config: IntervalConfig, next: Consumer, context: SignalContext) {
    this.#next = next;
    this.#context = context;
    this.#delivery = new Delivery(next, context);
    this.#flushes = every(context, config.interval, () => this.#flush());
    this.#isKept = new PerMetric((cursor) => isKept(cursor, config));
  }

  start(): Promise<void> {
    return this.#flushes.start();
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (this.#delivery.rejection !== undefined) return this.#delivery.whenUnblocked(() => this.consume(batch));
    const rejection = this.#reserve(batch);
    if (rejection !== undefined) return rejection;
    const points = this.#pointsOf(batch.context);
    const before = points.sizeBytes;
    const item = (cursor: ItemCursor) => {
      if (!this.#isKept.of(cursor)) return 'keep';
      points.add(cursor);
      return 'drop';
    };
    // A batch that is rejected here and repeated does no harm, because its points are already the latest.
    const outcome = rewriteBatch(batch, [{ item }], this.#next, () => {});
    points.reset();
    this.#isKept.reset();
    const grown = points.sizeBytes - before;
    this.#admittedBytes += grown;
    this.#admission?.shrink?.(worstCase(batch) - grown);
    return outcome;
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

  /**
   * Reserves the memory that a batch needs if all its streams are new. Forwards the points early if there is not
   * enough.
   */
  #reserve(batch: Batch): Outcome | undefined {
    const { admission } = this.#context;
    const bytes = worstCase(batch);
    const isFull = this.#admittedBytes + bytes > admission.limitBytes * MEMORY_SHARE;
    if (this.#admission !== undefined && !isFull && this.#admission.grow(bytes)) return undefined;
    if (this.#admission !== undefined) this.#flush();
    const admitted = admission.admit(bytes);
    if ('kind' in admitted) return admitted;
    this.#admission = admitted;
    return undefined;
  }

  #pointsOf(context: BatchContext): LatestPoints {
    const found = this.#latest.get(context.tenant);
    if (found !== undefined) return found.points;
    const points = new LatestPoints();
    this.#latest.set(context.tenant, { context: { ...context, subject: undefined, metadata: {} }, points });
    return points;
  }

  /** Forwards the latest points and starts over. */
  #flush(): void {
    const batches = [...this.#latest.values()].flatMap(({ context, points }) => points.encode(context, REQUEST_BYTES));
    this.#latest.clear();
    const admission = this.#admission;
    this.#admission = undefined;
    this.#admittedBytes = 0;
    if (admission === undefined) return;
    const pendingBatch = { admission, settle: undefined, pieces: batches.length };
    if (batches.length === 0) admission.release();
    for (const batch of batches) this.#delivery.send({ batch, pendingBatches: [pendingBatch] });
  }
}

/** Returns the memory used by a batch's points if all their streams are new. */
function worstCase({ sizeBytes, itemCount }: Batch): number {
  return 2 * sizeBytes + LatestPoints.OVERHEAD_BYTES * itemCount;
}

/** Reports whether the points of the metric at the cursor are held until the interval ends. */
function isKept(cursor: ItemCursor, { passThrough }: IntervalConfig): boolean {
  const { dataField } = cursor;
  if (dataField === METRIC_FIELDS.gauge) return !passThrough.gauge;
  if (dataField === METRIC_FIELDS.summary) return !passThrough.summary;
  if (readTemporality(cursor) !== TEMPORALITY.cumulative) return false;
  return dataField !== METRIC_FIELDS.sum || readIsMonotonic(cursor);
}
