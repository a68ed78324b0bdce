import { type Sampler, SamplingDecision } from '@opentelemetry/api';

/** Keeps every span. */
export const alwaysOn: Sampler = {
  shouldSample: () => ({ decision: SamplingDecision.RECORD_AND_SAMPLED }),
  toString: () => 'AlwaysOnSampler',
};

/** Keeps no span. */
export const alwaysOff: Sampler = {
  shouldSample: () => ({ decision: SamplingDecision.NOT_RECORD }),
  toString: () => 'AlwaysOffSampler',
};
