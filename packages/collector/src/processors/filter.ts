import type { Signal } from '@otelier/otlp';
import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { matchPropertiesField, regexpField } from '../match/properties.ts';
import type { Predicate } from '../ottl/compile/comparison.ts';
import { compileCondition } from '../ottl/compile/compiler.ts';
import type { ContextName } from '../ottl/contexts/context.ts';
import { evaluationContext } from '../ottl/evaluation-context.ts';
import { converters } from '../ottl/functions/of-context.ts';
import { observedCondition } from '../ottl/observed.ts';
import { preparation } from '../ottl/profiles/prepare.ts';
import { errorHandler, matchingIndex } from '../ottl/sequence.ts';
import { filterIssues } from './filter/check.ts';
import { conditions, inferredConditions } from './filter/conditions.ts';
import { type DropConditions, dropMatching, dropSpansAndEvents } from './filter/hooks.ts';
import {
  droppedLogs,
  droppedMetricResources,
  droppedMetrics,
  droppedSpans,
  logMatchField,
  metricMatchField,
} from './filter/legacy.ts';

export const filter = defineRewriter({
  summary: 'Drops telemetry that matches OTTL conditions.',
  stability: 'beta',
  keepsNoBytes: true,
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({
    errorMode: z
      .enum(['ignore', 'silent', 'propagate'])
      .prefault('ignore')
      .describe(
        'How to handle conditions that fail to evaluate: `ignore` logs the first error of each kind and continues, `silent` continues, `propagate` refuses the batch.',
      ),
    traceConditions: inferredConditions('traces', ['resource', 'scope', 'span', 'spanevent']),
    metricConditions: inferredConditions('metrics', ['resource', 'scope', 'metric', 'datapoint']),
    logConditions: inferredConditions('logs', ['resource', 'scope', 'log']),
    profileConditions: inferredConditions('profiles', ['resource', 'scope', 'profile']),
    traces: z
      .object({
        resource: conditions('resource', 'resources with all their spans'),
        span: conditions('span', 'spans'),
        spanevent: conditions('spanevent', 'span events'),
      })
      .prefault({})
      .describe('Conditions for traces.'),
    metrics: z
      .object({
        resource: conditions('resource', 'resources with all their metrics'),
        metric: conditions('metric', 'metrics with all their data points'),
        datapoint: conditions('datapoint', 'data points'),
        include: metricMatchField(
          'Metrics to keep; all others are dropped. Used if there are no conditions for metrics.',
        ),
        exclude: metricMatchField('Metrics to drop. Used if there are no conditions for metrics.'),
        regexp: regexpField(),
      })
      .prefault({})
      .describe('Conditions for metrics.'),
    logs: z
      .object({
        resource: conditions('resource', 'resources with all their log records'),
        logRecord: conditions('log', 'log records'),
        include: logMatchField(
          'Log records to keep; all others are dropped. Used if there are no conditions for logs.',
        ),
        exclude: logMatchField('Log records to drop. Used if there are no conditions for logs.'),
      })
      .prefault({})
      .describe('Conditions for logs.'),
    profiles: z
      .object({
        resource: conditions('resource', 'resources with all their profiles'),
        profile: conditions('profile', 'profiles'),
      })
      .prefault({})
      .describe('Conditions for profiles.'),
    spans: z
      .object({
        include: matchPropertiesField('Spans to keep; all others are dropped.'),
        exclude: matchPropertiesField('Spans to drop.'),
      })
      .prefault({})
      .describe('Selects spans by their properties. Used if there are no conditions for traces.'),
  }),
  examples: [
    { title: 'Drop health checks', config: { traces: { span: ['attributes["http.route"] == "/healthz"'] } } },
    {
      title: 'Keep only warnings and errors of one service, and drop debug metrics',
      config: {
        logs: {
          log_record: ['resource.attributes["service.name"] == "shop" and severity_number < SEVERITY_NUMBER_WARN'],
        },
        metrics: { metric: [String.raw`IsMatch(name, "^debug\\.")`] },
      },
    },
  ],
  describe: (config) => formatCount(conditionCount(config), 'condition'),
  check: (config, { signals }) => filterIssues(config, signals),
  hooks({ errorMode, traces, metrics, logs, profiles, spans, ...inferred }, context) {
    const { signal, logger, dropRule } = context;
    const environment = evaluationContext(context);
    const compile = (
      name: ContextName,
      texts: readonly string[],
      path: readonly (string | number)[],
      mode = errorMode,
      isInferred = false,
    ): DropConditions | undefined => {
      const options = { context: name, functions: converters(name), requiresContextNames: isInferred };
      const match = matchingIndex(
        texts.map((text) => observedCondition(compileCondition(text, options), context)),
        errorHandler(mode, logger),
      );
      const rules = texts.map((text, index) => dropRule({ reason: 'filtered', rule: text, path: [...path, index] }));
      return match && { match, rules };
    };
    const drop = (name: ContextName, texts: readonly string[], path: readonly string[]) =>
      dropMatching(name, compile(name, texts, path), environment);
    const legacy = (matches: Predicate | undefined, path: readonly string[]): DropConditions | undefined =>
      matches && {
        match: (subject) => (matches(subject) ? 0 : -1),
        rules: [dropRule({ reason: 'filtered', rule: 'include and exclude', path })],
      };
    const groups = {
      traces: inferred.traceConditions,
      metrics: inferred.metricConditions,
      logs: inferred.logConditions,
      profiles: inferred.profileConditions,
    }[signal];
    // As in the Collector, per-context lists are ignored if there are conditions with an inferred context.
    if (groups !== undefined && groups.length > 0)
      return [
        ...preparation(signal, groups.length),
        ...groups.map(({ context: name, conditions: texts, errorMode: mode, isInferred }) =>
          dropMatching(name, compile(name, texts, [GROUPS[signal]], mode ?? errorMode, isInferred), environment),
        ),
      ];
    switch (signal) {
      case 'traces': {
        if (isEmpty(traces.resource, traces.span, traces.spanevent))
          return dropMatching('span', legacy(droppedSpans(spans), ['spans']), environment);
        const events = compile('spanevent', traces.spanevent, ['traces', 'spanevent']);
        return {
          ...drop('resource', traces.resource, ['traces', 'resource']),
          ...dropSpansAndEvents(
            compile('span', traces.span, ['traces', 'span']),
            events && ((subject) => events.match(subject) >= 0),
            environment,
          ),
        };
      }
      case 'metrics':
        if (isEmpty(metrics.resource, metrics.metric, metrics.datapoint))
          return {
            ...dropMatching('resource', legacy(droppedMetricResources(metrics), ['metrics']), environment),
            ...dropMatching('metric', legacy(droppedMetrics(metrics), ['metrics']), environment),
          };
        return {
          ...drop('resource', metrics.resource, ['metrics', 'resource']),
          ...drop('metric', metrics.metric, ['metrics', 'metric']),
          ...drop('datapoint', metrics.datapoint, ['metrics', 'datapoint']),
        };
      case 'logs':
        if (isEmpty(logs.resource, logs.logRecord))
          return dropMatching('log', legacy(droppedLogs(logs), ['logs']), environment);
        return {
          ...drop('resource', logs.resource, ['logs', 'resource']),
          ...drop('log', logs.logRecord, ['logs', 'log_record']),
        };
      case 'profiles':
        return [
          ...preparation(signal, profiles.resource.length + profiles.profile.length),
          {
            ...drop('resource', profiles.resource, ['profiles', 'resource']),
            ...drop('profile', profiles.profile, ['profiles', 'profile']),
          },
        ];
    }
  },
});

/** Configuration fields of conditions with inferred contexts. */
const GROUPS: Readonly<Record<Signal, string>> = {
  traces: 'trace_conditions',
  metrics: 'metric_conditions',
  logs: 'log_conditions',
  profiles: 'profile_conditions',
};

function isEmpty(...lists: readonly (readonly unknown[])[]): boolean {
  return lists.every((list) => list.length === 0);
}

type Counted = Record<Signal, object> &
  Partial<
    Record<
      'traceConditions' | 'metricConditions' | 'logConditions' | 'profileConditions',
      readonly { readonly conditions: readonly string[] }[] | undefined
    >
  >;

function conditionCount({ traces, metrics, logs, profiles, ...groups }: Counted): number {
  const { traceConditions, metricConditions, logConditions, profileConditions } = groups;
  const inferred = [traceConditions, metricConditions, logConditions, profileConditions]
    .flatMap((list) => list ?? [])
    .flatMap((group) => group.conditions);
  const lists = [traces, metrics, logs, profiles].flatMap((signal) => Object.values(signal)).filter(Array.isArray);
  return lists.flat().length + inferred.length;
}
