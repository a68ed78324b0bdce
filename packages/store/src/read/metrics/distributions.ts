import type { Distribution, ExponentialBuckets, PointExemplar } from '../../samples.ts';
import { jsonAttributes, jsonValue } from '../shared/attributes.ts';
import { asNumber, asText, type Row } from '../shared/context.ts';

/** The columns of points of histograms and summaries, in batches of rows. */
export type DistributionColumns = Readonly<Record<string, readonly unknown[]>> & {
  readonly exemplars?: readonly unknown[];
};

/** Returns the distribution in a row. */
export function distributionAt(columns: DistributionColumns, row: number): Distribution {
  const number = (name: string): number => asNumber(columns[name]?.[row]);
  const list = (name: string): readonly number[] => numbersOf(columns[name]?.[row]);
  return {
    count: number('count'),
    sum: number('sum'),
    bounds: list('explicit_bounds'),
    bucketCounts: list('bucket_counts'),
    scale: number('scale'),
    zeroCount: number('zero_count'),
    zeroThreshold: number('zero_threshold'),
    positive: bucketsOf(columns['positive']?.[row]),
    negative: bucketsOf(columns['negative']?.[row]),
    quantiles: quantilesOf(columns['quantiles']?.[row]),
  };
}

function numbersOf(text: unknown): readonly number[] {
  return typeof text === 'string' ? (JSON.parse(text) as readonly unknown[]).map(Number) : [];
}

function bucketsOf(text: unknown): ExponentialBuckets {
  if (typeof text !== 'string') return { offset: 0, counts: [] };
  const { offset = 0, counts = [] } = JSON.parse(text) as Partial<ExponentialBuckets>;
  return { offset, counts };
}

function quantilesOf(text: unknown): Distribution['quantiles'] {
  if (typeof text !== 'string') return [];
  const list = JSON.parse(text) as readonly { readonly quantile?: unknown; readonly value?: unknown }[];
  return list.map(({ quantile, value }) => ({ quantile: asNumber(quantile), value: asNumber(value) }));
}

/** Returns the exemplars in a row. */
export function exemplarsAt(text: unknown): readonly PointExemplar[] {
  if (typeof text !== 'string') return [];
  return (jsonValue(text) as unknown as readonly Row[]).map((exemplar) => ({
    time: Number(BigInt((exemplar['time'] as number | bigint | undefined) ?? 0) / 1_000_000n),
    value: asNumber(exemplar['value']),
    traceId: asText(exemplar['trace_id']),
    spanId: asText(exemplar['span_id']),
    attributes:
      typeof exemplar['attributes'] === 'object'
        ? (exemplar['attributes'] as PointExemplar['attributes'])
        : jsonAttributes(undefined),
  }));
}
