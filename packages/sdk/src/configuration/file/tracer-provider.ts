import type { SdkPlan } from '../plan.ts';
import type { ConfigNode } from './config-node.ts';
import { spanLimitsOf } from './limits.ts';
import { processorsOf } from './processors.ts';
import { samplerOf } from './sampler.ts';

/** Reads `tracer_provider`. If it is missing, traces are disabled. */
export function tracesOf(node: ConfigNode, attributeLimits: ConfigNode): SdkPlan['traces'] {
  if (node.isEmpty) return { destinations: [], options: {} };
  node.mapping('processors', 'limits', 'sampler', 'id_generator');
  const [sampler, ids] = [node.at('sampler'), node.at('id_generator')];
  if (!ids.isEmpty) ids.one({ random: (random) => random.mapping() });
  return {
    destinations: processorsOf(node.at('processors'), 'traces', SCHEDULE_DELAY_MILLIS),
    options: {
      ...(sampler.isEmpty ? {} : { sampler: samplerOf(sampler) }),
      spanLimits: spanLimitsOf(node.at('limits'), attributeLimits),
    },
  };
}

const SCHEDULE_DELAY_MILLIS = 5_000;
