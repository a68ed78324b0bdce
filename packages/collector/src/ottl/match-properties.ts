import { compilePattern } from '@otelier/query/pattern';
import { patternError } from '../component/pattern.ts';
import { z } from '../component/schema.ts';
import { formatList, suggestion } from '../config/nearest.ts';
import { compileExpression, type Predicate } from './compile.ts';
import type { Condition, Literal, Operand } from './expression.ts';
import type { ConditionContext } from './paths.ts';

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

/**
 * Compiles `include` and `exclude` into a predicate, or `undefined` if both are missing. Throws if one has a property
 * that items of the signal do not have.
 */
export function compileMatch(
  include: MatchProperties | undefined,
  exclude: MatchProperties | undefined,
  context: ConditionContext,
): Predicate | undefined {
  const operands: Condition[] = [];
  if (include !== undefined) operands.push(conditionOf('include', include, context));
  if (exclude !== undefined) operands.push({ kind: 'not', operand: conditionOf('exclude', exclude, context) });
  return operands.length === 0 ? undefined : compileExpression({ kind: 'all', operands }, context);
}

/** Properties that only items of one signal have. */
const SIGNAL_PROPERTIES = {
  spanNames: { name: 'span_names', context: 'span' },
  spanKinds: { name: 'span_kinds', context: 'span' },
  logBodies: { name: 'log_bodies', context: 'log' },
  logSeverityTexts: { name: 'log_severity_texts', context: 'log' },
  metricNames: { name: 'metric_names', context: 'datapoint' },
} as const satisfies Partial<Record<keyof MatchProperties, { name: string; context: ConditionContext }>>;

/** Converts match properties to a condition. Properties and attributes are joined by `and`, the entries of other lists by `or`. */
function conditionOf(where: 'include' | 'exclude', properties: MatchProperties, context: ConditionContext): Condition {
  for (const key of Object.keys(SIGNAL_PROPERTIES) as (keyof typeof SIGNAL_PROPERTIES)[]) {
    const { name, context: only } = SIGNAL_PROPERTIES[key];
    if (properties[key] !== undefined && context !== only)
      throw new Error(
        `${where}.${name}: expected no value in a pipeline of this signal: a ${context} has no such property`,
      );
  }
  const { matchType, attributes = [], resources = [] } = properties;
  const anyOf = (list: readonly string[] | undefined, operand: Operand): Condition[] =>
    list === undefined ? [] : [{ kind: 'any', operands: list.map((text) => textMatches(matchType, operand, text)) }];
  return {
    kind: 'all',
    operands: [
      ...anyOf(properties.services, path(['resource', 'attributes'], 'service.name')),
      ...anyOf(properties.spanNames, path(['span', 'name'])),
      ...kindsMatch(properties),
      ...anyOf(properties.logBodies, path(['log', 'body'])),
      ...anyOf(properties.logSeverityTexts, path(['log', 'severity_text'])),
      ...anyOf(properties.metricNames, path(['metric', 'name'])),
      ...attributes.map(({ key, value }) => attributeMatches(matchType, path(['attributes'], key), value)),
      ...resources.map(({ key, value }) => attributeMatches(matchType, path(['resource', 'attributes'], key), value)),
      ...librariesMatch(properties),
    ],
  };
}

/** Names of span kinds, indexed by number. */
const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
);

function kindsMatch({ matchType, spanKinds }: MatchProperties): Condition[] {
  if (spanKinds === undefined) return [];
  const operands: Condition[] = [];
  for (const [number, name] of SPAN_KINDS.entries()) {
    const matches = spanKinds.some((text) =>
      matchType === 'strict' ? text === name : compilePattern(text).test(name),
    );
    if (matches) operands.push(equals(path(['span', 'kind']), number));
  }
  return [{ kind: 'any', operands }];
}

function librariesMatch({ matchType, libraries }: MatchProperties): Condition[] {
  if (libraries === undefined) return [];
  const operands = libraries.map(({ name, version }): Condition => {
    const both = [textMatches(matchType, path(['scope', 'name']), name)];
    if (version !== undefined) both.push(textMatches(matchType, path(['scope', 'version']), version));
    return { kind: 'all', operands: both };
  });
  return [{ kind: 'any', operands }];
}

function attributeMatches(matchType: 'strict' | 'regexp', operand: Operand, value: unknown): Condition {
  if (value === undefined || value === null) return { kind: 'not', operand: equals(operand, undefined) };
  return typeof value === 'string' ? textMatches(matchType, operand, value) : equals(operand, value as Literal);
}

function textMatches(matchType: 'strict' | 'regexp', target: Operand, text: string): Condition {
  return matchType === 'strict' ? equals(target, text) : { kind: 'match', target, pattern: compilePattern(text) };
}

function equals(left: Operand, value: Literal): Condition {
  return { kind: 'compare', operator: '==', left, right: { kind: 'literal', value } };
}

function path(names: readonly string[], key?: string): Operand {
  return { kind: 'path', path: { names, key, text: names.join('.'), offset: 0 } };
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

function keyValues(description: string) {
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
