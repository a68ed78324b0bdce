import { ACCEPTED, type Batch } from '@otelier/otlp';
import type { Consumer } from '../component/contract.ts';
import { defineConnector } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { compileDimensions, FIXED_DIMENSIONS } from './exceptions/dimensions.ts';
import { exceptionLogs } from './exceptions/logs.ts';
import { ExceptionMetrics, SeriesLimit } from './exceptions/metrics.ts';
import { consumeDerived } from './tally/derived.ts';

export const exceptions = defineConnector({
  summary: 'Counts exceptions recorded as span events, and converts them to log records.',
  stability: 'alpha',
  runsIn: 'main',
  joins: { traces: ['metrics', 'logs'] },
  config: z.object({
    dimensions: z
      .array(
        z.object({
          name: z.string().prefault('').describe('Key of a span, event or resource attribute.'),
          default: z.string().optional().describe('Value for exceptions without the attribute.'),
        }),
      )
      .superRefine((dimensions, issues) => {
        const names = dimensions.map(({ name }) => name);
        for (const [index, name] of names.entries())
          if (FIXED_DIMENSIONS.includes(name) || names.indexOf(name) < index)
            issues.addIssue({
              code: 'custom',
              path: [index],
              input: name,
              message: `expected each dimension once, got "${name}" again`,
            });
      })
      .prefault([{ name: 'exception.type' }, { name: 'exception.message' }])
      .describe('Attributes in addition to `service.name`, `span.name`, `span.kind` and `status.code`.'),
    exemplars: z
      .object({ enabled: z.boolean().prefault(false).describe('Whether data points reference spans with exceptions.') })
      .prefault({})
      .describe('Data point exemplars.'),
  }),
  examples: [
    {
      title: 'Exceptions by type and status code',
      config: {
        dimensions: [{ name: 'exception.type' }, { name: 'http.response.status_code', default: 'none' }],
        exemplars: { enabled: true },
      },
    },
  ],
  describe: ({ dimensions }) => formatCount(dimensions.length, 'dimension'),
  create(config, { bySignal }, context) {
    const dimensions = compileDimensions(config.dimensions);
    const { logs } = bySignal;
    const options = { dimensions, hasExemplars: config.exemplars.enabled, limit: new SeriesLimit(context) };
    const metrics = bySignal.metrics && new ExceptionMetrics(options, bySignal.metrics, context);
    const consumeLogs = async (next: Consumer, batch: Batch) => {
      const records = exceptionLogs(batch, dimensions);
      return records === undefined ? ACCEPTED : consumeDerived(next, records, batch);
    };
    return {
      async consume(batch) {
        if (logs === undefined) return metrics?.consume(batch) ?? ACCEPTED;
        const outcome = await consumeLogs(logs, batch);
        // If the sender retries because of the logs, the exceptions are counted then.
        if (outcome.kind === 'accepted' || outcome.kind === 'partial') await metrics?.count(batch);
        return outcome;
      },
    };
  },
});
