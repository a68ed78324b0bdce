import { type Attributes, type Sampler, SpanKind } from '@opentelemetry/api';
import type { SpanKindName } from '../../items/span-item.ts';

/** A rule that matches a span if all given conditions match. Without conditions, it matches every span. */
export interface SamplingRule {
  /** The exact name, or a pattern to search for in the name. */
  readonly name?: string | RegExp;
  readonly kind?: SpanKindName;
  /** Attribute values at the start of the span, or patterns to search for in string values. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | RegExp>>;
  readonly sampler: Sampler;
}

/**
 * Returns a sampler that delegates to the sampler of the first matching rule, or else to `fallback`. As the `root` of
 * `parentBased`, it decides for root spans only.
 */
export function ruleBased(rules: readonly SamplingRule[], fallback: Sampler): Sampler {
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const rule = rules.find((each) => matches(each, name, kind, attributes));
      return (rule?.sampler ?? fallback).shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => `RuleBased{${[...rules.map(({ sampler }) => sampler), fallback].join(', ')}}`,
  };
}

function matches(rule: SamplingRule, name: string, kind: SpanKind, attributes: Attributes): boolean {
  if (rule.name !== undefined && !equalsOrMatches(rule.name, name)) return false;
  if (rule.kind !== undefined && KINDS[rule.kind] !== kind) return false;
  return Object.entries(rule.attributes ?? {}).every(([key, expected]) => equalsOrMatches(expected, attributes[key]));
}

/** Uses `search`, which ignores the `lastIndex` of global patterns, unlike `test`. */
function equalsOrMatches(expected: string | number | boolean | RegExp, value: unknown): boolean {
  return expected instanceof RegExp ? typeof value === 'string' && value.search(expected) >= 0 : value === expected;
}

const KINDS: Readonly<Record<SpanKindName, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};
