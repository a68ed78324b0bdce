import { compilePattern } from '@otelier/query/pattern';
import { formatList, suggestion } from '../config/nearest.ts';
import { compileExpression, type Predicate } from '../ottl/compile.ts';
import type { Condition, Literal, Operand } from '../ottl/expression.ts';
import type { ConditionContext } from '../ottl/paths.ts';
import { patternError } from './pattern.ts';
import { z } from './schema.ts';

/** Which telemetry a processor looks at (the Collector's `include` and `exclude`); all that is given must match. */
export function matchPropertiesField(what: string) {
  return matchProperties()
    .superRefine((properties, issues) => {
      for (const { path, message } of errorsOf(properties)) issues.addIssue({ code: 'custom', path, message });
    })
    .optional()
    .describe(what);
}

function matchProperties() {
  return z.object({
    matchType: z
      .enum(['strict', 'regexp'])
      .describe('Whether texts are compared as they are or as regular expressions.'),
    services: texts('Names of services.'),
    spanNames: texts('Names of spans.'),
    spanKinds: texts('Kinds of spans, such as `SPAN_KIND_SERVER`.'),
    logBodies: texts('Bodies of log records.'),
    logSeverityTexts: texts('Severity texts of log records.'),
    metricNames: texts('Names of metrics.'),
    attributes: keyValues('Attributes; without `value` the key is enough.'),
    resources: keyValues('Attributes of the resource; without `value` the key is enough.'),
    libraries: z
      .array(
        z.object({
          name: z.string().describe('Name of the instrumentation.'),
          version: z.string().optional().describe('Its version; any when left out.'),
        }),
      )
      .min(1)
      .optional()
      .describe('Instrumentation that produced it.'),
  });
}

type MatchProperties = z.output<ReturnType<typeof matchProperties>>;

/**
 * A predicate for what passes `include` and is not caught by `exclude`; `undefined` when there is neither. Throws when
 * one of them asks for what telemetry of this signal does not have.
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

/** The properties that only telemetry of one signal has. */
const PECULIAR = {
  spanNames: { name: 'span_names', context: 'span' },
  spanKinds: { name: 'span_kinds', context: 'span' },
  logBodies: { name: 'log_bodies', context: 'log' },
  logSeverityTexts: { name: 'log_severity_texts', context: 'log' },
  metricNames: { name: 'metric_names', context: 'datapoint' },
} as const satisfies Partial<Record<keyof MatchProperties, { name: string; context: ConditionContext }>>;

/** The same as a condition: properties are joined by `and`, the entries of a list by `or`, attributes by `and`. */
function conditionOf(where: 'include' | 'exclude', properties: MatchProperties, context: ConditionContext): Condition {
  for (const key of Object.keys(PECULIAR) as (keyof typeof PECULIAR)[]) {
    const { name, context: only } = PECULIAR[key];
    if (properties[key] !== undefined && context !== only)
      throw new Error(`${where}.${name}: expected nothing here in this pipeline, because a ${context} has none`);
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

/** The Collector's names, by number. */
const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (kind) => `SPAN_KIND_${kind}`,
);

function kindsMatch({ matchType, spanKinds }: MatchProperties): Condition[] {
  if (spanKinds === undefined) return [];
  const operands: Condition[] = [];
  for (const [number, name] of SPAN_KINDS.entries()) {
    const isWanted = spanKinds.some((text) =>
      matchType === 'strict' ? text === name : compilePattern(text).test(name),
    );
    if (isWanted) operands.push(equals(path(['span', 'kind']), number));
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

/** Something wrong with a property, and where. */
interface Found {
  readonly path: (string | number)[];
  readonly message: string;
}

/** What the schema of the single fields cannot tell. */
function errorsOf(properties: MatchProperties): Found[] {
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

/** Every text that is a regular expression when `match_type` says so. */
function textsOf(properties: MatchProperties): Found[] {
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

function texts(what: string) {
  return z.array(z.string()).min(1).optional().describe(what);
}

function keyValues(what: string) {
  return z
    .array(
      z.object({
        key: z.string().min(1).describe('Key of the attribute.'),
        value: z.unknown().optional().describe('Its value; any when left out.'),
      }),
    )
    .min(1)
    .optional()
    .describe(what);
}
