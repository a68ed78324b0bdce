import type { SampledItem } from './sampled-item.ts';
import { SampledLogRecord } from './sampled-log-record.ts';
import { SampledSpan } from './sampled-span.ts';

const CLASSES = { traces: SampledSpan, logs: SampledLogRecord } as const;

/** The signals whose items carry a sampling state. */
export type SampledSignal = keyof typeof CLASSES;

/** Creates the sampling state for a signal's items. */
export function createSampledItem(signal: SampledSignal, random: () => number): SampledItem {
  return new CLASSES[signal](random);
}
