import { RESOURCE_FIELDS, type Signal } from '@otelier/otlp';
import type { ConfigIssue } from '../../component/define.ts';
import { z } from '../../component/schema.ts';
import { compileAttributes } from '../../match/attributes.ts';
import { compileMatch, compileProperties } from '../../match/items.ts';
import {
  attributesToMatch,
  type MatchProperties,
  matchIssues,
  matchTypeField,
  regexpField,
} from '../../match/properties.ts';
import type { Predicate } from '../../ottl/compile/comparison.ts';
import { pathOf } from '../../ottl/compile/compiler.ts';
import type { Subject } from '../../ottl/record/subject.ts';
import { toText } from '../../ottl/values/convert.ts';
import { compileMetricExpression, ExpressionError } from './metric-expression.ts';
import { METRIC_TYPES, somePointMatches } from './points.ts';

/** Severity names, indexed by number range. */
const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) =>
  [1, 2, 3, 4].map((step) => `${name}${step === 1 ? '' : step}`),
);

function texts(description: string) {
  return z.array(z.string()).prefault([]).describe(description);
}

/** Returns the field that selects the log records to include or exclude. */
export function logMatchField(description: string) {
  return z
    .object({
      matchType: matchTypeField(),
      resourceAttributes: attributesToMatch('Attributes of the resource. All must match.'),
      recordAttributes: attributesToMatch('Attributes of the log record. All must match.'),
      severityTexts: texts('Severity texts. One must match.'),
      bodies: texts('Bodies. One must match.'),
      severityNumber: z
        .object({
          min: z
            .string()
            .prefault('')
            .transform((text) => text.toUpperCase())
            .refine((text) => text === '' || severityOf(text) > 0, {
              error: 'expected a severity such as "INFO" or a number from 1 to 24',
            })
            .describe('Minimum severity, such as `INFO` or `"9"`.'),
          matchUndefined: z.boolean().prefault(false).describe('Whether log records without a severity match.'),
        })
        .optional()
        .describe('Log record severity.'),
    })
    .optional()
    .describe(description);
}

/** Returns the field that selects the metrics to include or exclude. */
export function metricMatchField(description: string) {
  return z
    .object({
      matchType: matchTypeField().describe(
        'How metrics match: `strict` and `regexp` by name, `expr` by expressions. Required to match values.',
      ),
      regexp: regexpField(),
      metricNames: texts('Names of metrics. One must match.'),
      expressions: z
        .array(
          z.string().superRefine((text, issues) => {
            const message = expressionError(text);
            if (message !== undefined) issues.addIssue({ code: 'custom', message });
          }),
        )
        .prefault([])
        .describe(
          'Expressions with `MetricName`, `MetricType`, `Label("key")` and `HasLabel("key")`. A metric matches if one of its data points does.',
        ),
      resourceAttributes: attributesToMatch('Attributes of the resource. All must match.'),
    })
    .optional()
    .describe(description);
}

function expressionError(text: string): string | undefined {
  try {
    compileMetricExpression(text);
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

type LogMatch = NonNullable<z.output<ReturnType<typeof logMatchField>>>;
type MetricMatch = NonNullable<z.output<ReturnType<typeof metricMatchField>>>;

interface IncludeExclude<T> {
  readonly include?: T | undefined;
  readonly exclude?: T | undefined;
}

/** The included and excluded items, by signal. */
export interface LegacyMatches {
  readonly traces: IncludeExclude<MatchProperties>;
  readonly metrics: IncludeExclude<MetricMatch>;
  readonly logs: IncludeExclude<LogMatch>;
}

/** Returns the errors in `include` and `exclude` for pipelines of a signal, with their configuration paths. */
export function legacyIssues({ traces, metrics, logs }: LegacyMatches, signal: Signal): ConfigIssue[] {
  switch (signal) {
    case 'traces':
      return matchIssues(traces, [signal]);
    case 'logs':
      return matchIssues(mapBoth(logs, logProperties), [signal]).map(({ path, message }) => ({
        path: path.map((key) => LOG_NAMES[key] ?? key),
        message,
      }));
    default:
      return metricIssues(metrics, signal);
  }
}

/** The filter's names for log record properties, by their names in other processors. */
const LOG_NAMES: Readonly<Record<string | number, string>> = {
  resources: 'resource_attributes',
  attributes: 'record_attributes',
  log_bodies: 'bodies',
  log_severity_texts: 'severity_texts',
};

function metricIssues(matches: IncludeExclude<MetricMatch>, signal: Signal): ConfigIssue[] {
  return (['include', 'exclude'] as const).flatMap((where) => {
    const match = matches[where];
    if (match === undefined) return [];
    const { matchType, metricNames, resourceAttributes } = match;
    const resources = { [where]: { matchType, resources: resourceAttributes } };
    const names = { [where]: { matchType, metricNames } };
    // Resource attributes are compared in the same way as for any other signal.
    const found = [
      ...((resourceAttributes ?? []).length === 0 ? [] : matchIssues(resources, ['traces'])),
      ...(metricNames.length === 0 ? [] : matchIssues(names, [signal])),
    ];
    return found.map(({ path, message }) => ({
      path: path.map((key) => (key === 'resources' ? 'resource_attributes' : key)),
      message,
    }));
  });
}

function mapBoth<T, U>({ include, exclude }: IncludeExclude<T>, map: (match: T) => U | undefined): IncludeExclude<U> {
  return {
    include: include === undefined ? undefined : map(include),
    exclude: exclude === undefined ? undefined : map(exclude),
  };
}

/** Converts log record properties to match properties; `undefined` if they are empty and match all records. */
function logProperties(match: LogMatch): MatchProperties | undefined {
  const { matchType, resourceAttributes, recordAttributes, severityTexts, bodies, severityNumber } = match;
  const lists = [resourceAttributes ?? [], recordAttributes ?? [], severityTexts, bodies];
  if (severityNumber === undefined && lists.every((list) => list.length === 0)) return undefined;
  return {
    matchType,
    resources: resourceAttributes,
    attributes: recordAttributes,
    logSeverityTexts: severityTexts,
    logBodies: bodies,
    ...(severityNumber !== undefined && {
      logSeverityNumber: { min: severityOf(severityNumber.min), matchUndefined: severityNumber.matchUndefined },
    }),
  };
}

function severityOf(text: string): number {
  return SEVERITIES.includes(text)
    ? SEVERITIES.indexOf(text) + 1
    : /^([1-9]|1\d|2[0-4])$/.test(text)
      ? Number(text)
      : 0;
}

/** Returns a predicate for the spans to drop. */
export function droppedSpans(matches: IncludeExclude<MatchProperties>): Predicate | undefined {
  return droppedItems(matches, 'traces');
}

/** Returns a predicate for the log records to drop. */
export function droppedLogs(matches: IncludeExclude<LogMatch>): Predicate | undefined {
  return droppedItems(mapBoth(matches, logProperties), 'logs');
}

function droppedItems(matches: IncludeExclude<MatchProperties>, signal: Signal): Predicate | undefined {
  const kept = compileMatch(matches, signal);
  return kept === undefined ? undefined : ({ cursor }) => !kept(cursor);
}

/** Returns a predicate for the resources whose metrics to drop. */
export function droppedMetricResources(matches: IncludeExclude<MetricMatch>): Predicate | undefined {
  return dropped(matches, ({ matchType, resourceAttributes }) => {
    if (resourceAttributes === undefined || resourceAttributes === null) return undefined;
    const test = compileAttributes(matchType === 'regexp' ? 'regexp' : 'strict', resourceAttributes);
    return ({ cursor: { bytes, resourceStart, resourceEnd } }) =>
      test(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
  });
}

/** Returns a predicate for the metrics to drop. */
export function droppedMetrics(matches: IncludeExclude<MetricMatch>): Predicate | undefined {
  return dropped(matches, ({ matchType, metricNames, expressions }) => {
    if (matchType === 'expr') return expressions.length === 0 ? undefined : expressionsMatch(expressions);
    const test = compileProperties({ matchType, metricNames }, 'metrics');
    return test === undefined ? undefined : ({ cursor }) => test(cursor);
  });
}

/** Returns a predicate for everything that `include` does not match or `exclude` matches. */
function dropped<T>(matches: IncludeExclude<T>, compile: (match: T) => Predicate | undefined): Predicate | undefined {
  const { include, exclude } = mapBoth(matches, compile);
  if (include === undefined) return exclude;
  if (exclude === undefined) return (subject) => !include(subject);
  return (subject) => !include(subject) || exclude(subject);
}

function expressionsMatch(list: readonly string[]): Predicate {
  const expressions = list.map(compileMetricExpression);
  const name = pathOf('metric', ['name']);
  return (subject: Subject) => {
    const metricName = toText(name.get(subject)) ?? '';
    const metricType = METRIC_TYPES[subject.dataField] ?? 'Empty';
    return somePointMatches(subject, (label) =>
      expressions.some((matches) => matches({ metricName, metricType, label })),
    );
  };
}
