import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { EvaluationContext } from '../../ottl/record/subject.ts';
import type { FunctionPolicies } from './functions.ts';
import { booleanAttribute, numericAttribute, stringAttribute } from './policies/attributes.ts';
import { and, composite, drop, not } from './policies/combined.ts';
import { latency } from './policies/latency.ts';
import { bytesLimiting, rateLimiting } from './policies/limits.ts';
import { ottlCondition } from './policies/ottl.ts';
import { probabilistic } from './policies/probabilistic.ts';
import { alwaysSample, spanCount, statusCode, traceFlags, traceState } from './policies/spans.ts';
import type { NamedPolicy, Policy } from './policy.ts';
import type {
  AndSubPolicyConfig,
  CompositeConfig,
  CompositeSubPolicyConfig,
  PolicyConfig,
  SimplePolicyConfig,
} from './policy-config.ts';

/** The dependencies of policies, besides their options. */
export interface PolicyContext {
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  readonly environment: EvaluationContext;
  /** Number of threads that share the policies' limits. */
  readonly instanceCount: number;
  /** Creates the policies whose results are functions of the user. */
  readonly functions: Pick<FunctionPolicies, 'create'>;
}

/** Creates the configured policies, drop policies first. */
export function createPolicies(configs: readonly PolicyConfig[], context: PolicyContext): readonly NamedPolicy[] {
  const policies = configs.map((config) => ({
    ...createPolicy(config, context),
    name: config.name,
    isDrop: config.type === 'drop',
  }));
  return [...policies.filter(({ isDrop }) => isDrop), ...policies.filter(({ isDrop }) => !isDrop)];
}

function createPolicy(config: PolicyConfig, context: PolicyContext): Policy {
  switch (config.type) {
    case 'composite':
      return createComposite(config.composite, context);
    case 'and':
      return and(config.and.andSubPolicy.map((sub) => createSubPolicy(sub, context)));
    case 'drop':
      return drop(config.drop.dropSubPolicy.map((sub) => createSubPolicy(sub, context)));
    case 'not':
      return createNot(config.not.notSubPolicy, context);
    default:
      return createSimple({ ...config, type: config.type }, context);
  }
}

function createSubPolicy(config: AndSubPolicyConfig | CompositeSubPolicyConfig, context: PolicyContext): Policy {
  switch (config.type) {
    case 'not':
      return createNot('not' in config ? config.not.notSubPolicy : undefined, context);
    case 'and':
      return and('and' in config ? config.and.andSubPolicy.map((sub) => createSubPolicy(sub, context)) : []);
    default:
      return createSimple({ ...config, type: config.type }, context);
  }
}

function createNot(config: SimplePolicyConfig | undefined, context: PolicyContext): Policy {
  if (config === undefined) throw new Error('expected a policy in `not`, which the schema requires');
  return not(createSimple(config, context));
}

function createComposite(config: CompositeConfig, context: PolicyContext): Policy {
  const { compositeSubPolicy, rateAllocation } = config;
  const max = shareOf(config.maxTotalSpansPerSecond, context);
  const percents = new Map(rateAllocation.map(({ policy, percent }) => [policy, percent]));
  const subPolicies = compositeSubPolicy.map((sub) => {
    const percent = percents.get(sub.name) ?? 0;
    const share = percent > 0 ? (percent / 100) * max : max / compositeSubPolicy.length;
    return { name: sub.name, policy: createSubPolicy(sub, context), spansPerSecond: Math.trunc(share) };
  });
  return composite(max, subPolicies, context.clock);
}

/** Returns an instance's share of a limit. The burst capacity is not divided, because it also limits a single trace. */
function shareOf(limit: number, { instanceCount }: PolicyContext): number {
  return limit <= 0 ? limit : Math.max(1, Math.trunc(limit / instanceCount));
}

const STATUS_CODES = { UNSET: 0, OK: 1, ERROR: 2 } as const;

function createSimple(config: SimplePolicyConfig, context: PolicyContext): Policy {
  const { logger, environment } = context;
  switch (config.type) {
    case 'always_sample':
      return alwaysSample();
    case 'latency':
      return latency(config.latency.thresholdMs, config.latency.upperThresholdMs);
    case 'numeric_attribute':
      return numericAttribute(config.numericAttribute);
    case 'probabilistic':
      return probabilistic(config.probabilistic.hashSalt, config.probabilistic.samplingPercentage);
    case 'status_code':
      return statusCode(config.statusCode.statusCodes.map((code) => STATUS_CODES[code]));
    case 'string_attribute':
      return stringAttribute(config.stringAttribute);
    case 'rate_limiting':
      return limitSpans(config.rateLimiting.spansPerSecond, config.rateLimiting.burstCapacity, context);
    case 'bytes_limiting':
      return limitBytes(config.bytesLimiting.bytesPerSecond, config.bytesLimiting.burstCapacity, context);
    case 'span_count':
      return spanCount(config.spanCount.minSpans, config.spanCount.maxSpans);
    case 'trace_state':
      return traceState(config.traceState.key, config.traceState.values);
    case 'boolean_attribute':
      return booleanAttribute(
        config.booleanAttribute.key,
        config.booleanAttribute.value,
        config.booleanAttribute.invertMatch,
      );
    case 'ottl_condition':
      return ottlCondition(config.ottlCondition, environment, logger);
    case 'trace_flags':
      return traceFlags();
    case 'function':
      if (config.function === undefined) throw new Error('expected a function, which the schema requires');
      return context.functions.create(config.function, config.name);
  }
}

function limitSpans(rate: number, burst: number, context: PolicyContext): Policy {
  return rateLimiting(shareOf(rate, context), burst > 0 ? burst : 2 * rate, context.clock);
}

function limitBytes(rate: number, burst: number, context: PolicyContext): Policy {
  return bytesLimiting(shareOf(rate, context), burst > 0 ? burst : 2 * rate, context.clock);
}
