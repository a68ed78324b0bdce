import type { LogRecordLimits } from '../../logs/limits.ts';
import type { SpanLimits } from '../../trace/limits.ts';
import type { ConfigNode } from './config-node.ts';

/** Reads `tracer_provider.limits`. Attribute limits default to `attribute_limits`. */
export function spanLimitsOf(limits: ConfigNode, general: ConfigNode): SpanLimits {
  limits.mapping(
    ...ATTRIBUTE_LIMITS,
    ...['event_count_limit', 'link_count_limit', 'event_attribute_count_limit', 'link_attribute_count_limit'],
  );
  return {
    ...attributeLimitsOf(limits, general),
    ...limit('eventCountLimit', limits.at('event_count_limit')),
    ...limit('linkCountLimit', limits.at('link_count_limit')),
    ...limit('attributePerEventCountLimit', limits.at('event_attribute_count_limit')),
    ...limit('attributePerLinkCountLimit', limits.at('link_attribute_count_limit')),
  };
}

/** Reads `logger_provider.limits`, which default to `attribute_limits`. */
export function logRecordLimitsOf(limits: ConfigNode, general: ConfigNode): LogRecordLimits {
  return attributeLimitsOf(limits.mapping(...ATTRIBUTE_LIMITS), general);
}

function attributeLimitsOf(limits: ConfigNode, general: ConfigNode): LogRecordLimits {
  general.mapping(...ATTRIBUTE_LIMITS);
  for (const node of [limits, general]) {
    const depth = node.at('attribute_value_depth_limit');
    if ((depth.integer(1, 2 ** 31 - 1) ?? MAX_DEPTH) < MAX_DEPTH) {
      depth.fail(`at least ${MAX_DEPTH}, because deeper values are dropped`);
    }
  }
  return {
    ...limit('attributeCountLimit', general.at('attribute_count_limit')),
    ...limit('attributeValueLengthLimit', general.at('attribute_value_length_limit')),
    ...limit('attributeCountLimit', limits.at('attribute_count_limit')),
    ...limit('attributeValueLengthLimit', limits.at('attribute_value_length_limit')),
  };
}

function limit<K extends string>(name: K, node: ConfigNode): Partial<Record<K, number>> {
  const value = node.integer(0, 2 ** 31 - 1);
  return value === undefined ? {} : ({ [name]: value } as Record<K, number>);
}

const MAX_DEPTH = 32;
const ATTRIBUTE_LIMITS = [
  'attribute_value_length_limit',
  'attribute_value_depth_limit',
  'attribute_count_limit',
] as const;
