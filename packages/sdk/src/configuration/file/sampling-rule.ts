import { type Attributes, type Context, isSpanContextValid, SpanKind, trace } from '@opentelemetry/api';
import type { ConfigNode } from './config-node.ts';
import { wildcard } from './wildcard.ts';

type Fits = (context: Context, kind: SpanKind, attributes: Attributes) => boolean;

/** Reads what a span must be for a rule: all of it, and nothing fits every span. */
export function ruleOf(node: ConfigNode): Fits {
  if (node.isEmpty) node.fail('a mapping');
  node.mapping('attribute_values', 'attribute_patterns', 'span_kinds', 'parent', 'sampler');
  const conditions: Fits[] = [];
  const [values, patterns] = [node.at('attribute_values'), node.at('attribute_patterns')];
  if (!values.isEmpty) conditions.push(valuesOf(values.mapping('key', 'values')));
  if (!patterns.isEmpty) conditions.push(patternsOf(patterns.mapping('key', 'included', 'excluded')));
  const kinds = wordsOf(node.at('span_kinds'), Object.keys(KINDS) as (keyof typeof KINDS)[]).map((name) => KINDS[name]);
  if (kinds.length > 0) conditions.push((_, kind) => kinds.includes(kind));
  const parents = wordsOf(node.at('parent'), ['none', 'remote', 'local']);
  if (parents.length > 0) conditions.push((context) => parents.includes(parentIn(context)));
  return (context, kind, attributes) => conditions.every((fits) => fits(context, kind, attributes));
}

function valuesOf(node: ConfigNode): Fits {
  const values = node.at('values');
  if (!values.isPresent) values.fail('a list of at least one');
  const texts = values.items().map((item) => item.text() ?? item.fail('text'));
  return anyOf(node, (text) => texts.includes(text));
}

function patternsOf(node: ConfigNode): Fits {
  const read = (list: ConfigNode) => list.items().map((item) => wildcard(item.text() ?? item.fail('a pattern')));
  const included = node.at('included').isPresent ? read(node.at('included')) : [/^/];
  const excluded = read(node.at('excluded'));
  return anyOf(
    node,
    (text) => included.some((pattern) => pattern.test(text)) && !excluded.some((pattern) => pattern.test(text)),
  );
}

/** Whether the attribute is there and matches as text; of a list one element is enough. */
function anyOf(node: ConfigNode, matches: (text: string) => boolean): Fits {
  const key = node.at('key').text() ?? node.at('key').fail('the key of an attribute');
  return (_context, _kind, attributes) => {
    const value = attributes[key];
    return value !== undefined && [value].flat().some((each) => matches(String(each)));
  };
}

function wordsOf<T extends string>(node: ConfigNode, words: readonly T[]): readonly T[] {
  return node.items().map((item) => item.choice(words) ?? item.fail(words.join(', ')));
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
