import {
  compareUint56,
  probabilityOfThreshold,
  shouldSample,
  type Threshold,
  thresholdOfProbability,
} from '@otelier/otlp';
import type { SampledItem } from './sampled-item.ts';

/**
 * Returns the threshold to record when a sampler with `threshold` samples an item after earlier samplers: the
 * probabilities multiply.
 */
export function thresholdAfter(arriving: Threshold | undefined, threshold: Threshold, precision: number): Threshold {
  if (arriving === undefined) return threshold;
  if (threshold.high === 0 && threshold.low === 0) return arriving;
  const probability = probabilityOfThreshold(arriving) * probabilityOfThreshold(threshold);
  const combined = thresholdOfProbability(probability, precision);
  return compareUint56(combined, arriving) > 0 ? combined : arriving;
}

/** Reports whether an item is kept at a threshold returned by `thresholdAfter`. */
export function isKept(sampled: SampledItem, threshold: Threshold): boolean {
  return (threshold.high === 0 && threshold.low === 0) || shouldSample(threshold, sampled.randomness);
}
