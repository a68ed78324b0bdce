import { DATA_POINT_FIELDS, METRIC_FIELDS } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { floatLike, literalText, optional } from '../../compile/parameters.ts';
import { readPackedDoubles, readPackedFixed64s } from '../../contexts/packed.ts';
import { packedDoubles, packedFixed64s } from '../../record/encode.ts';
import type { MessageRecord } from '../../record/message-record.ts';
import { EvaluationError } from '../../values/value.ts';

/** Tolerance when matching a boundary. */
const EPSILON = 1e-12;

interface Buckets {
  readonly bounds: readonly number[];
  readonly counts: readonly bigint[];
}

const METHODS: Readonly<Record<string, (buckets: Buckets, target: number) => Buckets>> = {
  remove_explicit_bound: removeBound,
  limit_buckets: limitBuckets,
};

/** The editor that merges the buckets of a histogram data point. */
export const MERGES: readonly FunctionDefinition[] = [
  defineFunction(
    'merge_histogram_buckets',
    { targetValue: floatLike(), method: optional(literalText()) },
    ({ targetValue, method = 'remove_explicit_bound' }) => {
      const merge = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
      if (merge === undefined)
        throw new EvaluationError(`expected the method "remove_explicit_bound" or "limit_buckets", got "${method}"`);
      return (subject) => {
        const target = targetValue(subject);
        if (target === undefined) throw new EvaluationError('expected a number as target value, got nil');
        if (method === 'limit_buckets' && !(Number.isInteger(target) && target > 0))
          throw new EvaluationError(`expected a number of buckets above 0, got ${target}`);
        if (subject.dataField === METRIC_FIELDS.histogram)
          mergeBuckets(subject.item, (buckets) => merge(buckets, target));
        return undefined;
      };
    },
  ),
];

function mergeBuckets(point: MessageRecord, merge: (buckets: Buckets) => Buckets): void {
  const { bucketCounts, explicitBounds } = DATA_POINT_FIELDS.histogram;
  const buckets = { bounds: readPackedDoubles(point, explicitBounds), counts: readPackedFixed64s(point, bucketCounts) };
  if (buckets.bounds.length === 0 || buckets.counts.length !== buckets.bounds.length + 1) return;
  const { bounds, counts } = merge(buckets);
  if (bounds === buckets.bounds) return;
  point.put(explicitBounds, bounds.length === 0 ? undefined : packedDoubles(explicitBounds, bounds));
  point.put(bucketCounts, packedFixed64s(bucketCounts, counts));
}

/** Merges the bucket that ends at a boundary with the next bucket. */
function removeBound(buckets: Buckets, target: number): Buckets {
  const index = buckets.bounds.findIndex((bound) => Math.abs(bound - target) < EPSILON);
  if (index < 0) return buckets;
  const merged = (buckets.counts[index] ?? 0n) + (buckets.counts[index + 1] ?? 0n);
  return {
    bounds: buckets.bounds.toSpliced(index, 1),
    counts: buckets.counts.toSpliced(index, 2, merged),
  };
}

/** Merges adjacent buckets in groups of the smallest size that results in at most `target` buckets. */
function limitBuckets(buckets: Buckets, target: number): Buckets {
  const { bounds, counts } = buckets;
  const isOrdered = bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] as number));
  if (!isOrdered || counts.length <= target) return buckets;
  const size = Math.ceil(counts.length / target);
  const merged: Buckets & { bounds: number[]; counts: bigint[] } = { bounds: [], counts: [] };
  for (let start = 0; start < counts.length; start += size) {
    const group = counts.slice(start, start + size);
    merged.counts.push(group.reduce((sum, count) => sum + count, 0n));
    const bound = bounds[start + size - 1];
    if (bound !== undefined && start + size < counts.length) merged.bounds.push(bound);
  }
  return merged;
}
