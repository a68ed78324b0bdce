import { type Sampler, SamplingDecision } from '@opentelemetry/api';
import { alwaysOff, alwaysOn } from '../../trace/samplers/always.ts';
import { consistentProbability } from '../../trace/samplers/consistent-probability.ts';
import { parentBased } from '../../trace/samplers/parent-based.ts';
import { traceIdRatio } from '../../trace/samplers/trace-id-ratio.ts';
import { compositeSamplerOf } from './composite-sampler.ts';
import type { ConfigNode } from './config-node.ts';

/** Reads a sampler. */
export function samplerOf(node: ConfigNode): Sampler {
  return node.one({
    always_on: (of) => of.mapping() && alwaysOn,
    always_off: (of) => of.mapping() && alwaysOff,
    trace_id_ratio_based: (of) => traceIdRatio(ratioOf(of)),
    'probability/development': (of) => consistentProbability(ratioOf(of)),
    parent_based: parentBasedOf,
    always_record: (of) => alwaysRecord(samplerOf(of.mapping('root').at('root'))),
    'composite/development': compositeSamplerOf,
  });
}

/** Lets observers see also the spans that are not sent (specification, "AlwaysRecord"). */
function alwaysRecord(root: Sampler): Sampler {
  return {
    shouldSample(...span) {
      const result = root.shouldSample(...span);
      const isLeftOut = result.decision === SamplingDecision.NOT_RECORD;
      return isLeftOut ? { ...result, decision: SamplingDecision.RECORD } : result;
    },
    toString: () => `AlwaysRecord{${root}}`,
  };
}

function ratioOf(node: ConfigNode): number {
  return node.mapping('ratio').at('ratio').number(0, 1) ?? 1;
}

function parentBasedOf(node: ConfigNode): Sampler {
  node.mapping('root', ...PARENTS);
  const samplerAt = (key: string): Sampler | undefined => (node.at(key).isEmpty ? undefined : samplerOf(node.at(key)));
  const [remoteSampled, remoteNotSampled, localSampled, localNotSampled] = PARENTS.map(samplerAt);
  return parentBased({
    root: samplerAt('root') ?? alwaysOn,
    ...(remoteSampled === undefined ? {} : { remoteParentSampled: remoteSampled }),
    ...(remoteNotSampled === undefined ? {} : { remoteParentNotSampled: remoteNotSampled }),
    ...(localSampled === undefined ? {} : { localParentSampled: localSampled }),
    ...(localNotSampled === undefined ? {} : { localParentNotSampled: localNotSampled }),
  });
}

const PARENTS = [
  'remote_parent_sampled',
  'remote_parent_not_sampled',
  'local_parent_sampled',
  'local_parent_not_sampled',
] as const;
