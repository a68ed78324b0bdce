import { formatG } from '../format-number.ts';
import { type FloatHistogram, isCustom } from './float-histogram.ts';
import { allBuckets } from './iterate.ts';

/** Formats a histogram as Prometheus does: `{count:2, sum:3, (1,2]:2}`. */
export function formatHistogram(histogram: FloatHistogram): string {
  const parts = [`count:${formatG(histogram.count)}`, `sum:${formatG(histogram.sum)}`];
  const plain = isCustom(histogram) ? histogram : { ...histogram, zeroThreshold: histogram.zeroThreshold };
  for (const { lower, upper, includesLower, includesUpper, count } of allBuckets(plain)) {
    if (count === 0) continue;
    const range = `${includesLower ? '[' : '('}${formatG(lower)},${formatG(upper)}${includesUpper ? ']' : ')'}`;
    parts.push(`${range}:${formatG(count)}`);
  }
  return `{${parts.join(', ')}}`;
}
