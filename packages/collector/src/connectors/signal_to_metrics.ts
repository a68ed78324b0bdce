import { defineConnector } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { definitionsField } from './signal_to_metrics/config.ts';
import { createSignalToMetrics } from './signal_to_metrics/create.ts';

export const signalToMetrics = defineConnector({
  summary: 'Derives metrics from spans, data points and log records, with values from OTTL expressions.',
  stability: 'beta',
  aliases: ['signaltometrics'],
  joins: { traces: ['metrics'], metrics: ['metrics'], logs: ['metrics'] },
  config: z.object({
    spans: definitionsField('span', 'spans'),
    datapoints: definitionsField('datapoint', 'data points'),
    logs: definitionsField('log', 'log records'),
    profiles: z.array(z.unknown()).prefault([]).describe('Ignored: profiles are not evaluated yet.').meta({
      noEffect: 'profiles are not evaluated yet',
      effective: [],
    }),
    errorMode: z
      .enum(['ignore', 'silent', 'propagate'])
      .prefault('propagate')
      .describe(
        'How to handle expressions and conditions that fail to evaluate: `ignore` logs the first error of each kind and skips the item, `silent` does not log, `propagate` refuses the batch.',
      ),
  }),
  examples: [
    {
      title: 'Durations of spans by service, and errors in logs',
      config: {
        spans: [
          {
            name: 'span.duration',
            description: 'Span durations.',
            unit: 'ms',
            include_resource_attributes: [{ key: 'service.name' }],
            attributes: [{ key: 'http.route', default_value: 'none' }],
            exponential_histogram: { value: 'Milliseconds(end_time - start_time)', count: 'Int(AdjustedCount())' },
          },
        ],
        logs: [
          {
            name: 'log.errors',
            conditions: ['severity_number >= SEVERITY_NUMBER_ERROR'],
            sum: { value: '1', monotonic: true },
          },
        ],
      },
    },
  ],
  describe: ({ spans, datapoints, logs }) => formatCount(spans.length + datapoints.length + logs.length, 'metric'),
  check: ({ spans, datapoints, logs, profiles }) =>
    [spans, datapoints, logs, profiles].some(({ length }) => length > 0)
      ? []
      : [{ path: [], message: 'expected metrics under spans, datapoints or logs, got none' }],
  create: createSignalToMetrics,
});
