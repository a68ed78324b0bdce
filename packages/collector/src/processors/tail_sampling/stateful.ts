import type {
  AndSubPolicyConfig,
  CompositeSubPolicyConfig,
  PolicyConfig,
  SimplePolicyConfig,
} from './policy-config.ts';

/** Reports whether more spans, or other traces, can change the result of a policy that has sampled a trace. */
export function isStateful(
  config: PolicyConfig | AndSubPolicyConfig | CompositeSubPolicyConfig | SimplePolicyConfig,
): boolean {
  switch (config.type) {
    case 'rate_limiting':
    case 'bytes_limiting':
    case 'function':
      return true;
    case 'latency':
      return config.latency.upperThresholdMs > 0;
    case 'span_count':
      return config.spanCount.maxSpans > 0;
    default:
      return partsOf(config).some(isStateful);
  }
}

/** Returns the policies contained in a policy of this type. */
function partsOf(config: PolicyConfig | AndSubPolicyConfig | CompositeSubPolicyConfig | SimplePolicyConfig) {
  if (config.type === 'and' && 'and' in config) return config.and.andSubPolicy;
  if (config.type === 'drop') return config.drop.dropSubPolicy;
  if (config.type === 'composite') return config.composite.compositeSubPolicy;
  if (config.type === 'not' && 'not' in config && config.not.notSubPolicy) return [config.not.notSubPolicy];
  return [];
}
