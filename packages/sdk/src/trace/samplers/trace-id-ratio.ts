import type { Sampler } from '@opentelemetry/api';
import { parseRandomness, shouldSample, thresholdOfProbability } from '@otelier/otlp';
import { numberOption } from '../../client/option-error.ts';
import { alwaysOff, alwaysOn } from './always.ts';

/**
 * Returns a sampler that keeps this ratio of traces, from 0 to 1, by the random part of the trace ID, regardless of the
 * parent. Traces kept with a ratio are also kept with a higher one. Throws an `OptionError`.
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
