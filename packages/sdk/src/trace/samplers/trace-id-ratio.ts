import type { Sampler } from '@opentelemetry/api';
import { parseRandomness, shouldSample, thresholdOfProbability } from '@otelier/otlp';
import { numberOption } from '../../client/option-error.ts';
import { alwaysOff, alwaysOn } from './always.ts';

/**
 * Returns a sampler that samples this fraction of traces, from 0 to 1, based on the random part of the trace ID and
 * regardless of the parent. Traces sampled at one ratio are also sampled at any higher one. Throws an `OptionError` if
 * the ratio is invalid.
 */
export function traceIdRatio(ratio: number): Sampler {
  const threshold = thresholdOfProbability(numberOption('ratio', ratio, 1, 0, 1));
  return {
    shouldSample(context, traceId, ...rest) {
      const randomness = parseRandomness(traceId.slice(-14));
      const isSampled = randomness !== undefined && shouldSample(threshold, randomness);
      return (isSampled ? alwaysOn : alwaysOff).shouldSample(context, traceId, ...rest);
    },
    toString: () => `TraceIdRatioBased{${ratio}}`,
  };
}
