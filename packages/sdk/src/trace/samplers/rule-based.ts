import { type Attributes, type Sampler, SpanKind } from '@opentelemetry/api';
import type { SpanKindName } from '../../items/span-item.ts';

/** Fits a span when all that it names does; one that names nothing fits every span. */
export interface SamplingRule {
  /** The whole name, or a pattern found in it. */
  readonly name?: string | RegExp;
  readonly kind?: SpanKindName;
  /** Values that attributes have at the span's start, or patterns found in those that are text. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | RegExp>>;
  readonly sampler: Sampler;
}

/** Asks the sampler of the first rule that fits, or else `fallback`. Inside `parentBased` it decides on roots alone. */
export function ruleBased(rules: readonly SamplingRule[], fallback: Sampler): Sampler {
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const rule = rules.find((each) => fits(each, name, kind, attributes));
      return (rule?.sampler ?? fallback).shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => `RuleBased{${[...rules.map(({ sampler }) => sampler), fallback].join(', ')}}`,
  };
}

function fits(rule: SamplingRule, name: string, kind: SpanKind, attributes: Attributes): boolean {
  if (rule.name !== undefined && !equalsOrMatches(rule.name, name)) return false;
  if (rule.kind !== undefined && KINDS[rule.kind] !== kind) return false;
  return Object.entries(rule.attributes ?? {}).every(([key, expected]) => equalsOrMatches(expected, attributes[key]));
}

/** `search` does not mind where a global pattern has been before, as `test` would. */
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
