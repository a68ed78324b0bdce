import type { Sampler } from '@opentelemetry/api';
import { alwaysOff } from '../../trace/samplers/always.ts';
import { consistentProbability } from '../../trace/samplers/consistent-probability.ts';
import { parentBased } from '../../trace/samplers/parent-based.ts';
import type { ConfigNode } from './config-node.ts';
import { ruleOf } from './sampling-rule.ts';

/** Reads a sampler that says in the trace state how many spans each stands for (specification, "CompositeSampler"). */
export function compositeSamplerOf(node: ConfigNode): Sampler {
  return node.one({
    always_on: (of) => of.mapping() && consistentProbability(1),
    always_off: (of) => of.mapping() && alwaysOff,
    probability: (of) => consistentProbability(of.mapping('ratio').at('ratio').number(0, 1) ?? 1),
    parent_threshold: (of) => parentBased({ root: compositeSamplerOf(of.mapping('root').at('root')) }),
    rule_based: ruleBasedOf,
  });
}

/** The sampler of the first rule that fits; a span that none fits is not kept. */
function ruleBasedOf(node: ConfigNode): Sampler {
  const rules = node
    .mapping('rules')
    .at('rules')
    .items()
    .map((rule) => ({ fits: ruleOf(rule), sampler: compositeSamplerOf(rule.at('sampler')) }));
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const rule = rules.find(({ fits }) => fits(context, kind, attributes));
      return (rule?.sampler ?? alwaysOff).shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => `RuleBased{${rules.map(({ sampler }) => sampler).join(', ')}}`,
  };
}
