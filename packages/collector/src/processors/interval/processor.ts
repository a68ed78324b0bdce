import { type Batch, type BatchContext, type ItemCursor, METRIC_FIELDS, type Outcome } from '@otelier/otlp';
import { FlushingProcessor } from '../../component/batching/flushing-processor.ts';
import type { Consumer, SignalContext } from '../../component/contract.ts';
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

/** Stores the latest point of each stream, by tenant, and forwards them after each interval. */
export class IntervalProcessor extends FlushingProcessor {
  readonly #isKept: PerMetric<boolean>;
  readonly #latest = new Map<string, { readonly context: BatchContext; readonly points: LatestPoints }>();

  constructor(config: IntervalConfig, next: Consumer, context: SignalContext) {
    super(config.interval, next, context);
    this.#isKept = new PerMetric((cursor) => isKept(cursor, config));
  }

  protected aggregate(batch: Batch): Outcome | Promise<Outcome> {
    const rejection = this.reserveMemory(worstCase(batch));
    if (rejection !== undefined) return rejection;
    const points = this.#pointsOf(batch.context);
    const before = points.sizeBytes;
    const item = (cursor: ItemCursor) => {
      if (!this.#isKept.of(cursor)) return 'keep';
      points.add(cursor);
      return 'drop';
    };
    // A batch that is rejected here and repeated does no harm, because its points are already the latest.
    const outcome = rewriteBatch(batch, [{ item }], this.next, {});
    points.reset();
    this.#isKept.reset();
    this.settleMemory(worstCase(batch), points.sizeBytes - before);
    return outcome;
  }

  #pointsOf(context: BatchContext): LatestPoints {
    const found = this.#latest.get(context.tenant);
    if (found !== undefined) return found.points;
    const points = new LatestPoints();
    this.#latest.set(context.tenant, { context: { ...context, subject: undefined, metadata: {} }, points });
    return points;
  }

  protected take(): readonly Batch[] {
    const batches = [...this.#latest.values()].flatMap(({ context, points }) => points.encode(context, REQUEST_BYTES));
    this.#latest.clear();
    return batches;
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
