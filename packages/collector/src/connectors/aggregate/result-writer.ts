import { Buffer } from 'node:buffer';
import { type Batch, type BatchContext, EncodedAttribute, WireWriter } from '@otelier/otlp';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { type MetricDataFields, MetricsWriter } from '../../metrics/metrics-writer.ts';
import { percentileOf } from './accumulator.ts';
import type { AggregateFunction } from './functions.ts';
import { nanosOf } from './partial-writer.ts';
import type { WindowResult } from './window-store.ts';

/** Maximum number of points per request, which keeps requests below the message limit of gRPC servers. */
const MAX_POINTS = 4000;

/** Writes window results as metrics. */
export class ResultWriter {
  readonly #overlaps: boolean;
  readonly #out = new MetricsWriter();

  /** `overlaps` states whether values belong to several windows, in which case counts and sums must not be added up. */
  constructor(overlaps: boolean) {
    this.#overlaps = overlaps;
  }

  write(results: readonly WindowResult[], context: BatchContext): Batch[] {
    const batches: Batch[] = [];
    const end = () => {
      const batch = this.#out.finishBatch(context);
      if (batch !== undefined) batches.push(batch);
    };
    const groups = Map.groupBy(
      results,
      ({ series, isCorrection }) => `${isCorrection}${Buffer.from(series.resource).toString('latin1')}`,
    );
    for (const ofResource of groups.values()) {
      for (const ofMetric of Map.groupBy(ofResource, ({ series }) => series.definition).values()) {
        for (const aggregate of ofMetric[0]?.series.definition.functions ?? []) {
          for (let at = 0; at < ofMetric.length; at += MAX_POINTS) {
            if (this.#out.itemCount >= MAX_POINTS) end();
            this.#writeMetric(aggregate, ofMetric.slice(at, at + MAX_POINTS));
          }
        }
      }
    }
    end();
    return batches;
  }

  #writeMetric(aggregate: AggregateFunction, results: readonly WindowResult[]): void {
    const [first] = results;
    if (first === undefined) return;
    const { resource, definition } = first.series;
    this.#out.resource(resource).scope(first.isCorrection ? CORRECTION_SCOPE : SCOPE);
    this.#out.metric({
      name: aggregate.kind === 'histogram' ? definition.name : `${definition.name}.${aggregate.name}`,
      description: definition.description,
      unit: aggregate.kind === 'count' ? '1' : definition.unit,
      data: this.#dataOf(aggregate),
    });
    for (const result of results) this.#writePoint(aggregate, result);
  }

  #dataOf({ kind }: AggregateFunction): MetricDataFields {
    const temporality = TEMPORALITY.delta;
    if (kind === 'histogram') return { kind: 'exponentialHistogram', temporality };
    if (this.#overlaps || (kind !== 'count' && kind !== 'sum')) return { kind: 'gauge' };
    return { kind: 'sum', temporality, isMonotonic: kind === 'count' };
  }

  #writePoint(aggregate: AggregateFunction, result: WindowResult): void {
    const { series, range } = result;
    const common = {
      attributes: series.attributes,
      startTimeUnixNano: nanosOf(range.startMillis),
      timeUnixNano: nanosOf(range.endMillis),
    };
    // Additive results contain only what is new. The values of overlapping windows are not additive.
    const added = this.#overlaps ? result.all : result.added;
    if (aggregate.kind === 'histogram') {
      const histogram = added.distribution;
      if (histogram !== undefined)
        this.#out.exponentialHistogramPoint({
          ...common,
          count: histogram.count,
          sum: added.sum.value(),
          min: finite(added.min),
          max: finite(added.max),
          scale: histogram.scale,
          zeroCount: histogram.zeroCount,
          positive: histogram.positive,
          negative: histogram.negative,
        });
      return;
    }
    const value = numberOf(aggregate, result, added);
    if (value !== undefined) this.#out.numberPoint({ ...common, value });
  }
}

function numberOf(
  aggregate: Exclude<AggregateFunction, { kind: 'histogram' }>,
  { all }: WindowResult,
  added: WindowResult['added'],
): number | bigint | undefined {
  switch (aggregate.kind) {
    case 'count':
      return BigInt(added.count);
    case 'sum':
      return added.sum.value();
    case 'min':
      return finite(all.min);
    case 'max':
      return finite(all.max);
    case 'mean':
      return all.count === 0 ? undefined : all.sum.value() / all.count;
    case 'percentile':
      return all.distribution === undefined ? undefined : percentileOf(all.distribution, aggregate.percentile);
  }
}

/** Returns a minimum or maximum, which a received histogram may lack. */
function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

const SCOPE = scope();
/** Corrections are separate streams: a stream has one point per window. */
const CORRECTION_SCOPE = scope(EncodedAttribute.of('otelier.aggregate.correction', true));

function scope(attribute?: EncodedAttribute): Uint8Array {
  const out = new WireWriter(64);
  out.stringField(1, 'otelier/aggregate');
  if (attribute !== undefined) out.bytesField(3, attribute.keyValue);
  return out.finish();
}
