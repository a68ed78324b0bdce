import { compilePattern } from '@otelier/query/pattern';
import { patternError } from '../component/pattern.ts';
import { z } from '../component/schema.ts';
import { formatList, suggestion } from '../config/nearest.ts';
import { allOf, anyOf, compareEncoded, comparePredicate, type Predicate } from './compile/comparison.ts';
import { pathOf } from './compile/compiler.ts';
import { constant } from './compile/constant.ts';
import type { Access } from './contexts/access.ts';
import type { LiteralValue } from './grammar/syntax.ts';
import { toText } from './values/convert.ts';

/** Returns the field for match properties, as in the Collector's `include` and `exclude`. All properties must match. */
export function matchPropertiesField(description: string) {
  return matchProperties()
    .superRefine((properties, issues) => {
      for (const { path, message } of errorsOf(properties)) issues.addIssue({ code: 'custom', path, message });
    })
    .optional()
    .describe(description);
}

function matchProperties() {
  return z.object({
    matchType: z
      .enum(['strict', 'regexp'])
      .describe('How strings match: `strict` compares them, `regexp` uses regular expressions.'),
    services: texts('Service names.'),
    spanNames: texts('Span names.'),
    spanKinds: texts('Span kinds, such as `SPAN_KIND_SERVER`.'),
    logBodies: texts('Log record bodies.'),
    logSeverityTexts: texts('Severity texts of log records.'),
    metricNames: texts('Metric names.'),
    attributes: keyValues('Attributes of the item. Without `value`, any value matches.'),
    resources: keyValues('Attributes of the resource. Without `value`, any value matches.'),
    libraries: z
      .array(
        z.object({
          name: z.string().describe('Name of the instrumentation scope.'),
          version: z.string().optional().describe('Version of the scope. Default: any.'),
        }),
      )
      .min(1)
      .optional()
      .describe('Instrumentation scopes.'),
  });
}

type MatchProperties = z.output<ReturnType<typeof matchProperties>>;

/** The context of items that match properties. */
type ItemContext = 'span' | 'datapoint' | 'log';

/**
 * Compiles `include` and `exclude` into a predicate, or `undefined` if both are missing. Throws if one has a property
 * that items of the signal do not have.
 */
export function compileMatch(
  include: MatchProperties | undefined,
  exclude: MatchProperties | undefined,
  context: ItemContext,
): Predicate | undefined {
  const operands: Predicate[] = [];
  if (include !== undefined) operands.push(predicateOf('include', include, context));
  if (exclude !== undefined) operands.push(not(predicateOf('exclude', exclude, context)));
  return operands.length === 0 ? undefined : allOf(operands);
}

/** Properties that only items of one signal have. */
const SIGNAL_PROPERTIES = {
  spanNames: { name: 'span_names', context: 'span' },
  spanKinds: { name: 'span_kinds', context: 'span' },
  logBodies: { name: 'log_bodies', context: 'log' },
  logSeverityTexts: { name: 'log_severity_texts', context: 'log' },
  metricNames: { name: 'metric_names', context: 'datapoint' },
} as const satisfies Partial<Record<keyof MatchProperties, { name: string; context: ItemContext }>>;

/** Compiles match properties. Properties and attributes are joined by `and`, the entries of other lists by `or`. */
function predicateOf(where: 'include' | 'exclude', properties: MatchProperties, context: ItemContext): Predicate {
  for (const key of Object.keys(SIGNAL_PROPERTIES) as (keyof typeof SIGNAL_PROPERTIES)[]) {
    const { name, context: only } = SIGNAL_PROPERTIES[key];
    if (properties[key] !== undefined && context !== only)
      throw new Error(
        `${where}.${name}: expected no value in a pipeline of this signal: a ${context} has no such property`,
      );
  }
  const { matchType, attributes = [], resources = [] } = properties;
  const anyText = (list: readonly string[] | undefined, ...names: readonly string[]): Predicate[] =>
    list === undefined ? [] : [anyOf(list.map((text) => textMatches(matchType, pathOf(context, names), text)))];
  return allOf([
    ...anyOfTexts(matchType, properties.services, pathOf(context, ['resource', 'attributes'], 'service.name')),
    ...anyText(properties.spanNames, 'span', 'name'),
    ...kindsMatch(properties),
    ...anyText(properties.logBodies, 'log', 'body'),
    ...anyText(properties.logSeverityTexts, 'log', 'severity_text'),
    ...anyText(properties.metricNames, 'metric', 'name'),
    ...attributes.map(({ key, value }) => attributeMatches(matchType, pathOf(context, ['attributes'], key), value)),
    ...resources.map(({ key, value }) =>
      attributeMatches(matchType, pathOf(context, ['resource', 'attributes'], key), value),
    ),
    ...librariesMatch(properties, context),
  ]);
}

function anyOfTexts(
  matchType: MatchProperties['matchType'],
  list: readonly string[] | undefined,
  access: Access,
): Predicate[] {
  return list === undefined ? [] : [anyOf(list.map((text) => textMatches(matchType, access, text)))];
}

/** Names of span kinds, indexed by number. */
const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
);

function kindsMatch({ matchType, spanKinds }: MatchProperties): Predicate[] {
  if (spanKinds === undefined) return [];
  const operands: Predicate[] = [];
  for (const [number, name] of SPAN_KINDS.entries()) {
    const matches = spanKinds.some((text) =>
      matchType === 'strict' ? text === name : compilePattern(text).test(name),
    );
    if (matches) operands.push(equals(pathOf('span', ['kind']), BigInt(number)));
  }
  return [anyOf(operands)];
}

function librariesMatch({ matchType, libraries }: MatchProperties, context: ItemContext): Predicate[] {
  if (libraries === undefined) return [];
  const operands = libraries.map(({ name, version }): Predicate => {
    const both = [textMatches(matchType, pathOf(context, ['scope', 'name']), name)];
    if (version !== undefined) both.push(textMatches(matchType, pathOf(context, ['scope', 'version']), version));
    return allOf(both);
  });
  return [anyOf(operands)];
}

/** Compiles the match of an attribute. Without a value, any value matches. */
export function attributeMatches(matchType: 'strict' | 'regexp', access: Access, value: unknown): Predicate {
  if (value === undefined || value === null) return not(equals(access, undefined));
  if (typeof value === 'string') return textMatches(matchType, access, value);
  if (typeof value === 'number') return equals(access, Number.isSafeInteger(value) ? BigInt(value) : value);
  return equals(access, typeof value === 'boolean' || typeof value === 'bigint' ? value : JSON.stringify(value));
}

/** Compiles the match of a value's text. */
export function textMatches(matchType: 'strict' | 'regexp', access: Access, text: string): Predicate {
  if (matchType === 'strict') return equals(access, text);
  const pattern = compilePattern(text);
  return (subject) => {
    const value = toText(access.get(subject));
    return value !== undefined && pattern.test(value);
  };
}

function equals(access: Access, value: LiteralValue): Predicate {
  return compareEncoded(access, '==', value) ?? comparePredicate('==', access.get, constant(value));
}

/** Negates a predicate. */
export function not(operand: Predicate): Predicate {
  return (subject) => !operand(subject);
}

/** An invalid property. */
interface PropertyError {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Returns the errors that depend on several fields. */
function errorsOf(properties: MatchProperties): PropertyError[] {
  const { matchType, ...rest } = properties;
  if (Object.values(rest).every((list) => list === undefined))
    return [{ path: [], message: 'expected at least one property to match, got none' }];
  if (matchType === 'regexp') {
    return textsOf(properties).flatMap(({ path, message: text }) => {
      const message = patternError(text);
      return message === undefined ? [] : [{ path, message }];
    });
  }
  return (properties.spanKinds ?? []).flatMap((kind, index) =>
    SPAN_KINDS.includes(kind)
      ? []
      : [
          {
            path: ['spanKinds', index],
            message: `expected ${formatList(SPAN_KINDS)}, got "${kind}"${suggestion(kind, SPAN_KINDS)}`,
          },
        ],
  );
}

const TEXT_LISTS = ['services', 'spanNames', 'spanKinds', 'logBodies', 'logSeverityTexts', 'metricNames'] as const;

/** Returns the path and text of every string, which are regular expressions with `match_type: regexp`. */
function textsOf(properties: MatchProperties): PropertyError[] {
  const { libraries = [] } = properties;
  const lists = TEXT_LISTS.flatMap((name) =>
    (properties[name] ?? []).map((message, index) => ({ path: [name, index], message })),
  );
  const values = (['attributes', 'resources'] as const).flatMap((name) =>
    (properties[name] ?? []).flatMap(({ value }, index) =>
      typeof value === 'string' ? [{ path: [name, index, 'value'], message: value }] : [],
    ),
  );
  const names = libraries.flatMap(({ name, version }, index) => [
    { path: ['libraries', index, 'name'], message: name },
    ...(version === undefined ? [] : [{ path: ['libraries', index, 'version'], message: version }]),
  ]);
  return [...lists, ...values, ...names];
}

function texts(description: string) {
  return z.array(z.string()).min(1).optional().describe(description);
}

/** Returns the field for attributes to match. */
export function keyValues(description: string) {
  return z
    .array(
      z.object({
        key: z.string().min(1).describe('Key of the attribute.'),
        value: z.unknown().optional().describe('Value of the attribute. Default: any.'),
      }),
    )
    .min(1)
    .optional()
    .describe(description);
}
