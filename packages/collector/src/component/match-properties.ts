import { compileExpression, type Predicate } from '../ottl/compile.ts';
import type { Condition, Literal, Operand } from '../ottl/expression.ts';
import type { ConditionContext } from '../ottl/paths.ts';
import { z } from './schema.ts';

/** Which telemetry a processor looks at (the Collector's `include` and `exclude`); all that is given must match. */
export function matchPropertiesField(what: string) {
  return z
    .object({
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
        .optional()
        .describe('Instrumentation that produced it.'),
    })
    .optional()
    .describe(what);
}

type MatchProperties = NonNullable<z.output<ReturnType<typeof matchPropertiesField>>>;

/** A predicate for what passes `include` and is not caught by `exclude`; `undefined` when there is neither. */
export function compileMatch(
  include: MatchProperties | undefined,
  exclude: MatchProperties | undefined,
  context: ConditionContext,
): Predicate | undefined {
  const operands: Condition[] = [];
  if (include !== undefined) operands.push(conditionOf(include));
  if (exclude !== undefined) operands.push({ kind: 'not', operand: conditionOf(exclude) });
  return operands.length === 0 ? undefined : compileExpression({ kind: 'all', operands }, context);
}

/** The same as a condition: properties are joined by `and`, the entries of a list by `or`, attributes by `and`. */
function conditionOf(properties: MatchProperties): Condition {
  const {
    matchType,
    services,
    spanNames,
    spanKinds,
    logBodies,
    logSeverityTexts,
    metricNames,
    attributes = [],
    resources = [],
    libraries,
  } = properties;
  const matches = (operand: Operand, text: string) => textMatches(matchType, operand, text);
  const anyOf = (list: readonly string[] | undefined, operand: Operand): Condition[] =>
    list === undefined ? [] : [{ kind: 'any', operands: list.map((text) => matches(operand, text)) }];
  return {
    kind: 'all',
    operands: [
      ...anyOf(services, path(['resource', 'attributes'], 'service.name')),
      ...anyOf(spanNames, path(['span', 'name'])),
      ...(spanKinds === undefined
        ? []
        : [
            {
              kind: 'any' as const,
              operands: spanKinds.map((kind) =>
                equals(path(['span', 'kind']), SPAN_KINDS.indexOf(kind.toUpperCase().replace('SPAN_KIND_', ''))),
              ),
            },
          ]),
      ...anyOf(logBodies, path(['log', 'body'])),
      ...anyOf(logSeverityTexts, path(['log', 'severity_text'])),
      ...anyOf(metricNames, path(['metric', 'name'])),
      ...attributes.map(({ key, value }) => attributeMatches(matchType, path(['attributes'], key), value)),
      ...resources.map(({ key, value }) => attributeMatches(matchType, path(['resource', 'attributes'], key), value)),
      ...(libraries === undefined
        ? []
        : [
            {
              kind: 'any' as const,
              operands: libraries.map(({ name, version }) => libraryMatches(matches, name, version)),
            },
          ]),
    ],
  };
}

const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

function libraryMatches(
  matches: (operand: Operand, text: string) => Condition,
  name: string,
  version: string | undefined,
): Condition {
  const operands = [matches(path(['scope', 'name']), name)];
  if (version !== undefined) operands.push(matches(path(['scope', 'version']), version));
  return { kind: 'all', operands };
}

function attributeMatches(matchType: 'strict' | 'regexp', operand: Operand, value: unknown): Condition {
  if (value === undefined || value === null) return { kind: 'not', operand: equals(operand, undefined) };
  return typeof value === 'string' ? textMatches(matchType, operand, value) : equals(operand, value as Literal);
}

function textMatches(matchType: 'strict' | 'regexp', target: Operand, text: string): Condition {
  return matchType === 'strict' ? equals(target, text) : { kind: 'match', target, pattern: new RegExp(text, 'u') };
}

function equals(left: Operand, value: Literal): Condition {
  return { kind: 'compare', operator: '==', left, right: { kind: 'literal', value } };
}

function path(names: readonly string[], key?: string): Operand {
  return { kind: 'path', path: { names, key, text: names.join('.'), offset: 0 } };
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
