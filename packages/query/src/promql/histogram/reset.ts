import { zeroBucketFor } from './arithmetic.ts';
import { upperBound } from './bounds.ts';
import { type Buckets, reduceResolution } from './buckets.ts';
import { type FloatHistogram, isCustom, sameNumbers } from './float-histogram.ts';

/** Reports whether a counter was reset between two histograms. */
export function detectReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  if (current.hint === 'reset') return true;
  if (current.hint === 'not_reset') return false;
  if (current.count < previous.count) return true;
  if (isCustom(current)) {
    if (!isCustom(previous)) return true;
    if (!sameNumbers(current.customValues, previous.customValues)) return customReset(current, previous);
  } else if (isCustom(previous)) return true;
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true;
  if (!isCustom(current)) {
    const zero = zeroBucketFor(previous, current.zeroThreshold);
    if (zero.zeroThreshold !== current.zeroThreshold || current.zeroCount < zero.zeroCount) return true;
  }
  return sideReset(current, previous, 'positive') || sideReset(current, previous, 'negative');
}

function sideReset(current: FloatHistogram, previous: FloatHistogram, side: 'positive' | 'negative'): boolean {
  const { schema, zeroThreshold } = current;
  const after = outside(current[side], schema, zeroThreshold);
  const before = outside(reduceResolution(previous[side], previous.schema, schema), schema, zeroThreshold);
  return [...before].some(([index, count]) => count > (after.get(index) ?? 0));
}

function outside(buckets: Buckets, schema: number, zeroThreshold: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const [position, index] of buckets.indexes.entries()) {
    if (zeroThreshold > 0 && upperBound(index, schema) <= zeroThreshold) continue;
    counts.set(index, buckets.counts[position] ?? 0);
  }
  return counts;
}

/** Compares the counts between the bounds that both histograms have. */
function customReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  const other = new Set(previous.customValues);
  const bounds = [...current.customValues.filter((bound) => other.has(bound)), Number.POSITIVE_INFINITY];
  const after = countsBetween(current, bounds);
  return countsBetween(previous, bounds).some((count, index) => count > (after[index] ?? 0));
}

function countsBetween({ positive, customValues }: FloatHistogram, bounds: readonly number[]): number[] {
  const counts = bounds.map(() => 0);
  for (const [position, index] of positive.indexes.entries()) {
    const bound = customValues[index] ?? Number.POSITIVE_INFINITY;
    const target = bounds.findIndex((candidate) => candidate >= bound);
    counts[target] = (counts[target] ?? 0) + (positive.counts[position] ?? 0);
  }
  return counts;
}
