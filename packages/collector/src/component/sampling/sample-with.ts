import {
  compareUint56,
  probabilityOfThreshold,
  shouldSample,
  type Threshold,
  thresholdOfProbability,
} from '@otelier/otlp';
import type { SampledItem } from './sampled-item.ts';

/**
 * Returns the threshold for an item that a sampler with `threshold` samples after earlier ones: the probabilities
 * multiply.
 */
export function thresholdAfter(arriving: Threshold | undefined, threshold: Threshold, precision: number): Threshold {
  if (arriving === undefined) return threshold;
  if (threshold.high === 0 && threshold.low === 0) return arriving;
  const probability = probabilityOfThreshold(arriving) * probabilityOfThreshold(threshold);
  const combined = thresholdOfProbability(probability, precision);
  return compareUint56(combined, arriving) > 0 ? combined : arriving;
}

/** Returns whether an item is kept with a threshold that `thresholdAfter` returned. */
export function isKept(sampled: SampledItem, threshold: Threshold): boolean {
  return (threshold.high === 0 && threshold.low === 0) || shouldSample(threshold, sampled.randomness);
}
