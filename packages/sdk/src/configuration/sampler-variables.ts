import type { Sampler } from '@opentelemetry/api';
import { alwaysOff, alwaysOn } from '../trace/samplers/always.ts';
import { parentBased } from '../trace/samplers/parent-based.ts';
import { traceIdRatio } from '../trace/samplers/trace-id-ratio.ts';
import type { Variables } from './variables.ts';

/**
 * Returns the sampler configured by `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`, or `undefined` to use the
 * default.
 */
export function samplerFrom(variables: Variables): Sampler | undefined {
  const name = variables.choice('OTEL_TRACES_SAMPLER', Object.keys(SAMPLERS) as (keyof typeof SAMPLERS)[]);
  if (name === undefined) return undefined;
  return SAMPLERS[name](() => variables.number('OTEL_TRACES_SAMPLER_ARG', 0, 1) ?? 1);
}

type Ratio = () => number;

/** Samplers by their name in the specification ("General SDK Configuration"). */
const SAMPLERS = {
  always_on: () => alwaysOn,
  always_off: () => alwaysOff,
  traceidratio: (ratio: Ratio) => traceIdRatio(ratio()),
  parentbased_always_on: () => parentBased({ root: alwaysOn }),
  parentbased_always_off: () => parentBased({ root: alwaysOff }),
  parentbased_traceidratio: (ratio: Ratio) => parentBased({ root: traceIdRatio(ratio()) }),
} as const;
