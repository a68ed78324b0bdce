import { type Sampler, SamplingDecision } from '@opentelemetry/api';

/** Samples every span. */
export const alwaysOn: Sampler = {
  shouldSample: () => ({ decision: SamplingDecision.RECORD_AND_SAMPLED }),
  toString: () => 'AlwaysOnSampler',
};

/** Drops every span. */
export const alwaysOff: Sampler = {
  shouldSample: () => ({ decision: SamplingDecision.NOT_RECORD }),
  toString: () => 'AlwaysOffSampler',
};
