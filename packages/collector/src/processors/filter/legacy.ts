import { compilePattern, PatternError } from '@otelier/query/pattern';
import { z } from '../../component/schema.ts';
import { allOf, anyOf, type Predicate } from '../../ottl/compile/comparison.ts';
import { pathOf } from '../../ottl/compile/compiler.ts';
import { attributeMatches, keyValues, not, textMatches } from '../../ottl/match-properties.ts';
import { toText } from '../../ottl/values/convert.ts';
import { compileMetricExpression, ExpressionError } from './metric-expression.ts';
import { somePointMatches } from './points.ts';

const MATCH_TYPE = 'How strings match: `strict` compares them, `regexp` uses regular expressions.';

/** Severity names by number. */
const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) =>
  [1, 2, 3, 4].map((step) => `${name}${step === 1 ? '' : step}`),
);

function texts(description: string) {
  return z.array(z.string()).prefault([]).describe(description);
}

/** Returns the field for log records to include or exclude. */
export function logMatchField(description: string) {
  return z
    .object({
      matchType: z.enum(['strict', 'regexp']).prefault('strict').describe(MATCH_TYPE),
      resourceAttributes: keyValues('Attributes of the resource. All must match.'),
      recordAttributes: keyValues('Attributes of the log record. All must match.'),
      severityTexts: texts('Severity texts. One must match.'),
      bodies: texts('Bodies. One must match.'),
      severityNumber: z
        .object({
          min: z
            .union([z.string(), z.int()])
            .transform((text) => String(text).toUpperCase())
            .refine((text) => severityOf(text) > 0, {
              error: 'expected a severity such as "INFO" or a number from 1 to 24',
            })
            .describe('Smallest severity that matches.'),
          matchUndefined: z.boolean().prefault(false).describe('Whether log records without a severity match.'),
        })
        .optional()
        .describe('Severity of the log record.'),
    })
    .superRefine(checkPatterns)
    .optional()
    .describe(description);
}

/** Returns the field for metrics to include or exclude. */
export function metricMatchField(description: string) {
  return z
    .object({
      matchType: z
        .enum(['strict', 'regexp', 'expr'])
        .describe('How metrics match: `strict` and `regexp` by name, `expr` by expressions.'),
      metricNames: texts('Names of metrics. One must match.'),
      expressions: texts(
        'Expressions with `MetricName`, `Label("key")` and `HasLabel("key")`. A metric matches if one of its data points does.',
      ),
      resourceAttributes: keyValues('Attributes of the resource. All must match.'),
    })
    .superRefine(checkPatterns)
    .optional()
    .describe(description);
}

type LogMatch = NonNullable<z.output<ReturnType<typeof logMatchField>>>;
type MetricMatch = NonNullable<z.output<ReturnType<typeof metricMatchField>>>;

interface IncludeExclude<T> {
  readonly include?: T | undefined;
  readonly exclude?: T | undefined;
}

/** Returns a predicate for what is dropped: what `include` does not match, and what `exclude` matches. */
function dropped<T>(
  { include, exclude }: IncludeExclude<T>,
  compile: (match: T) => Predicate | undefined,
): Predicate | undefined {
  const included = include === undefined ? undefined : compile(include);
  const excluded = exclude === undefined ? undefined : compile(exclude);
  const predicates = [
    ...(included === undefined ? [] : [not(included)]),
    ...(excluded === undefined ? [] : [excluded]),
  ];
  return predicates.length === 0 ? undefined : anyOf(predicates);
}

/** Returns a predicate for log records that are dropped. */
export function droppedLogs(matches: IncludeExclude<LogMatch>): Predicate | undefined {
  return dropped(matches, ({ matchType, resourceAttributes = [], recordAttributes = [], ...rest }) => {
    const predicates = [
      ...resourceAttributes.map(({ key, value }) =>
        attributeMatches(matchType, pathOf('log', ['resource', 'attributes'], key), value),
      ),
      ...recordAttributes.map(({ key, value }) =>
        attributeMatches(matchType, pathOf('log', ['attributes'], key), value),
      ),
      ...anyText(matchType, rest.severityTexts, 'severity_text'),
      ...anyText(matchType, rest.bodies, 'body'),
      ...(rest.severityNumber === undefined ? [] : [severityMatches(rest.severityNumber)]),
    ];
    return predicates.length === 0 ? undefined : allOf(predicates);
  });
}

function anyText(matchType: 'strict' | 'regexp', list: readonly string[], path: string): Predicate[] {
  return list.length === 0 ? [] : [anyOf(list.map((text) => textMatches(matchType, pathOf('log', [path]), text)))];
}

function severityMatches({ min, matchUndefined }: NonNullable<LogMatch['severityNumber']>): Predicate {
  const { get } = pathOf('log', ['severity_number']);
  const smallest = BigInt(severityOf(min));
  return (subject) => {
    const severity = get(subject) as bigint;
    return severity === 0n ? matchUndefined : severity >= smallest;
  };
}

function severityOf(text: string): number {
  const number = Number(text);
  return Number.isInteger(number) && number >= 1 && number <= 24 ? number : SEVERITIES.indexOf(text) + 1;
}

/** Returns a predicate for resources whose metrics are dropped. */
export function droppedMetricResources(matches: IncludeExclude<MetricMatch>): Predicate | undefined {
  return dropped(matches, ({ matchType, resourceAttributes = [] }) =>
    resourceAttributes.length === 0
      ? undefined
      : allOf(
          resourceAttributes.map(({ key, value }) =>
            attributeMatches(
              matchType === 'regexp' ? 'regexp' : 'strict',
              pathOf('resource', ['attributes'], key),
              value,
            ),
          ),
        ),
  );
}

/** Returns a predicate for metrics that are dropped. */
export function droppedMetrics(matches: IncludeExclude<MetricMatch>): Predicate | undefined {
  return dropped(matches, ({ matchType, metricNames, expressions }) => {
    if (matchType === 'expr') return expressions.length === 0 ? undefined : expressionsMatch(expressions);
    if (metricNames.length === 0) return undefined;
    const path = pathOf('metric', ['name']);
    return anyOf(metricNames.map((name) => textMatches(matchType, path, name)));
  });
}

function expressionsMatch(texts: readonly string[]): Predicate {
  const expressions = texts.map(compileMetricExpression);
  const name = pathOf('metric', ['name']);
  return (subject) => {
    const metricName = toText(name.get(subject)) ?? '';
    return somePointMatches(subject, (label) => expressions.some((matches) => matches({ metricName, label })));
  };
}

interface Issues {
  addIssue(issue: { code: 'custom'; message: string; path: (string | number)[] }): void;
}

/** Reports invalid patterns and expressions. */
function checkPatterns(
  match: { readonly matchType: string; readonly expressions?: readonly string[] } & Readonly<Record<string, unknown>>,
  issues: Issues,
): void {
  for (const [index, text] of (match.expressions ?? []).entries())
    report(issues, ['expressions', index], text, compileMetricExpression);
  if (match.matchType !== 'regexp') return;
  for (const name of ['metricNames', 'severityTexts', 'bodies'])
    for (const [index, text] of ((match[name] ?? []) as readonly string[]).entries())
      report(issues, [name, index], text, compilePattern);
}

function report(issues: Issues, path: (string | number)[], text: string, compile: (text: string) => unknown): void {
  try {
    compile(text);
  } catch (error) {
    if (error instanceof PatternError)
      issues.addIssue({
        code: 'custom',
        path,
        message: `expected a regular expression, got "${text}" (${error.message})`,
      });
    else if (error instanceof ExpressionError) issues.addIssue({ code: 'custom', path, message: error.message });
    else throw error;
  }
}
