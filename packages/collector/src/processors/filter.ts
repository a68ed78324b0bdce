import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { compileCondition } from '../ottl/compile/compiler.ts';
import type { ContextName } from '../ottl/contexts/context.ts';
import { evaluationContext } from '../ottl/evaluation-context.ts';
import { converters } from '../ottl/functions/of-context.ts';
import { errorHandler, matchesAny } from '../ottl/sequence.ts';
import { conditions, inferredConditions } from './filter/conditions.ts';
import { dropMatching, dropSpansAndEvents } from './filter/hooks.ts';

export const filter = defineRewriter({
  summary: 'Drops telemetry that matches OTTL conditions.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({
    errorMode: z
      .enum(['ignore', 'silent', 'propagate'])
      .prefault('propagate')
      .describe(
        'What to do when a condition fails on telemetry: `ignore` logs the first error of each kind and continues, `silent` continues, `propagate` refuses the batch.',
      ),
    traceConditions: inferredConditions('traces', ['resource', 'scope', 'span', 'spanevent']),
    metricConditions: inferredConditions('metrics', ['resource', 'scope', 'metric', 'datapoint']),
    logConditions: inferredConditions('logs', ['resource', 'scope', 'log']),
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
      })
      .prefault({})
      .describe('Conditions for metrics.'),
    logs: z
      .object({
        resource: conditions('resource', 'resources with all their log records'),
        logRecord: conditions('log', 'log records'),
      })
      .prefault({})
      .describe('Conditions for logs.'),
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
  hooks({ errorMode, traces, metrics, logs, ...inferred }, context) {
    const { signal, logger } = context;
    const environment = evaluationContext(context);
    const compile = (name: ContextName, texts: readonly string[], mode = errorMode, isInferred = false) => {
      const options = { context: name, functions: converters(name), requiresContextNames: isInferred };
      return matchesAny(
        texts.map((text) => compileCondition(text, options)),
        errorHandler(mode, logger),
      );
    };
    const drop = (name: ContextName, texts: readonly string[]) => dropMatching(name, compile(name, texts), environment);
    const groups = {
      traces: inferred.traceConditions,
      metrics: inferred.metricConditions,
      logs: inferred.logConditions,
    };
    // Like the Collector, ignores the lists by context if there are conditions whose context is inferred.
    if (groups[signal].length > 0)
      return groups[signal].map(({ context: name, conditions: texts, errorMode: mode, isInferred }) =>
        dropMatching(name, compile(name, texts, mode ?? errorMode, isInferred), environment),
      );
    switch (signal) {
      case 'traces':
        return {
          ...drop('resource', traces.resource),
          ...dropSpansAndEvents(compile('span', traces.span), compile('spanevent', traces.spanevent), environment),
        };
      case 'metrics':
        return {
          ...drop('resource', metrics.resource),
          ...drop('metric', metrics.metric),
          ...drop('datapoint', metrics.datapoint),
        };
      case 'logs':
        return { ...drop('resource', logs.resource), ...drop('log', logs.logRecord) };
    }
  },
});

type Counted = Record<'traces' | 'metrics' | 'logs', object> &
  Record<
    'traceConditions' | 'metricConditions' | 'logConditions',
    readonly { readonly conditions: readonly string[] }[]
  >;

function conditionCount({ traces, metrics, logs, traceConditions, metricConditions, logConditions }: Counted): number {
  const inferred = [traceConditions, metricConditions, logConditions].flat().flatMap((group) => group.conditions);
  return [traces, metrics, logs].flatMap((signal) => Object.values(signal).flat()).length + inferred.length;
}
