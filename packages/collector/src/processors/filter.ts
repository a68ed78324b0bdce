import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { conditions } from './filter/conditions.ts';
import { dropMatching, dropSpansAndEvents } from './filter/hooks.ts';

export const filter = defineRewriter({
  summary: 'Drops telemetry that matches OTTL conditions.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({
    errorMode: z
      .enum(['ignore', 'silent', 'propagate'])
      .prefault('propagate')
      .describe('Accepted for compatibility: conditions are checked at startup and cannot fail on telemetry.'),
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
  hooks({ traces, metrics, logs }, { signal }) {
    switch (signal) {
      case 'traces':
        return { ...dropMatching('resource', traces.resource), ...dropSpansAndEvents(traces.span, traces.spanevent) };
      case 'metrics':
        return {
          ...dropMatching('resource', metrics.resource),
          ...dropMatching('metric', metrics.metric),
          ...dropMatching('datapoint', metrics.datapoint),
        };
      case 'logs':
        return { ...dropMatching('resource', logs.resource), ...dropMatching('log', logs.logRecord) };
    }
  },
});

function conditionCount({ traces, metrics, logs }: Record<'traces' | 'metrics' | 'logs', object>): number {
  return [traces, metrics, logs].flatMap((signal) => Object.values(signal).flat()).length;
}
