import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Sampler,
  SamplingDecision,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import { alwaysOff, alwaysOn } from '../../trace/samplers/always.ts';
import { consistentProbability } from '../../trace/samplers/consistent-probability.ts';
import { parentBased } from '../../trace/samplers/parent-based.ts';
import { traceIdRatio } from '../../trace/samplers/trace-id-ratio.ts';
import type { ConfigNode } from './config-node.ts';
import { wildcard } from './config-node.ts';

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

/**
 * Returns a sampler that records all spans, so that observers also see unsampled ones (specification, "AlwaysRecord").
 */
function alwaysRecord(root: Sampler): Sampler {
  return {
    shouldSample(...span) {
      const result = root.shouldSample(...span);
      const isDropped = result.decision === SamplingDecision.NOT_RECORD;
      return isDropped ? { ...result, decision: SamplingDecision.RECORD } : result;
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

/** Reads a sampler that writes sampling thresholds to the trace state (specification, "CompositeSampler"). */
export function compositeSamplerOf(node: ConfigNode): Sampler {
  return node.one({
    always_on: (of) => of.mapping() && consistentProbability(1),
    always_off: (of) => of.mapping() && alwaysOff,
    probability: (of) => consistentProbability(of.mapping('ratio').at('ratio').number(0, 1) ?? 1),
    parent_threshold: (of) => parentBased({ root: compositeSamplerOf(of.mapping('root').at('root')) }),
    rule_based: ruleBasedOf,
  });
}

/** Returns a sampler that delegates to the sampler of the first matching rule. Spans that match no rule are dropped. */
function ruleBasedOf(node: ConfigNode): Sampler {
  const rules = node
    .mapping('rules')
    .at('rules')
    .items()
    .map((rule) => ({ matches: ruleOf(rule), sampler: compositeSamplerOf(rule.at('sampler')) }));
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const rule = rules.find(({ matches }) => matches(context, kind, attributes));
      return (rule?.sampler ?? alwaysOff).shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => `RuleBased{${rules.map(({ sampler }) => sampler).join(', ')}}`,
  };
}

type Matcher = (context: Context, kind: SpanKind, attributes: Attributes) => boolean;

/** Reads a rule's conditions, all of which a span must match. A rule without conditions matches every span. */
export function ruleOf(node: ConfigNode): Matcher {
  if (node.isEmpty) node.fail('a mapping');
  node.mapping('attribute_values', 'attribute_patterns', 'span_kinds', 'parent', 'sampler');
  const conditions: Matcher[] = [];
  const [values, patterns] = [node.at('attribute_values'), node.at('attribute_patterns')];
  if (!values.isEmpty) conditions.push(valuesOf(values.mapping('key', 'values')));
  if (!patterns.isEmpty) conditions.push(patternsOf(patterns.mapping('key', 'included', 'excluded')));
  const kinds = choicesOf(node.at('span_kinds'), Object.keys(KINDS) as (keyof typeof KINDS)[]).map(
    (name) => KINDS[name],
  );
  if (kinds.length > 0) conditions.push((_, kind) => kinds.includes(kind));
  const parents = choicesOf(node.at('parent'), ['none', 'remote', 'local']);
  if (parents.length > 0) conditions.push((context) => parents.includes(parentIn(context)));
  return (context, kind, attributes) => conditions.every((matches) => matches(context, kind, attributes));
}

function valuesOf(node: ConfigNode): Matcher {
  const values = node.at('values');
  if (!values.isPresent) values.fail('a list of at least one');
  const texts = values.items().map((item) => item.text() ?? item.fail('text'));
  return anyOf(node, (text) => texts.includes(text));
}

function patternsOf(node: ConfigNode): Matcher {
  const read = (list: ConfigNode) => list.items().map((item) => wildcard(item.text() ?? item.fail('a pattern')));
  const included = node.at('included').isPresent ? read(node.at('included')) : [/^/];
  const excluded = read(node.at('excluded'));
  return anyOf(
    node,
    (text) => included.some((pattern) => pattern.test(text)) && !excluded.some((pattern) => pattern.test(text)),
  );
}

/** Returns a matcher for spans on which the attribute, or an element of a list attribute, matches as a string. */
function anyOf(node: ConfigNode, matches: (text: string) => boolean): Matcher {
  const key = node.at('key').text() ?? node.at('key').fail('the key of an attribute');
  return (_context, _kind, attributes) => {
    const value = attributes[key];
    return value !== undefined && [value].flat().some((each) => matches(String(each)));
  };
}

function choicesOf<T extends string>(node: ConfigNode, choices: readonly T[]): readonly T[] {
  return node.items().map((item) => item.choice(choices) ?? item.fail(choices.join(', ')));
}

function parentIn(context: Context): 'none' | 'remote' | 'local' {
  const parent = trace.getSpanContext(context);
  if (parent === undefined || !isSpanContextValid(parent)) return 'none';
  return parent.isRemote ? 'remote' : 'local';
}

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;
