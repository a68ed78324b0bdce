import type { Sampler } from '@opentelemetry/api';
import { parseRandomness, shouldSample, thresholdOfProbability } from '@otelier/otlp';
import { numberOption } from '../../client/option-error.ts';
import { alwaysOff, alwaysOn } from './always.ts';

/**
 * Keeps this share of traces, from 0 to 1, by the random part of their ids, whatever the parent decided: what a smaller
 * ratio keeps a greater keeps too. Throws an `OptionError`.
 */
export function traceIdRatio(ratio: number): Sampler {
  const threshold = thresholdOfProbability(numberOption('ratio', ratio, 1, 0, 1));
  return {
    shouldSample(context, traceId, ...rest) {
      const randomness = parseRandomness(traceId.slice(-14));
      const isKept = randomness !== undefined && shouldSample(threshold, randomness);
      return (isKept ? alwaysOn : alwaysOff).shouldSample(context, traceId, ...rest);
    },
    toString: () => `TraceIdRatioBased{${ratio}}`,
  };
}
