import { z } from 'zod';
import { cut, durationText, numberText, percentText, ResponseText } from '../response-text.ts';
import { rangeInput, rangeOf, rangeText } from '../time-range.ts';
import { defineTool } from '../tool.ts';
import { nothingFound } from './services.ts';

export const operations = defineTool({
  name: 'list_operations',
  title: 'Slow operations',
  description:
    'Lists the operations that serve requests (routes, message consumers) by their share of the total time, with calls, error rate and latency percentiles. For questions such as "what is slow"; get_trace shows what they call.',
  input: z.object({
    ...rangeInput,
    service: z.string().optional().describe('Only operations of this service.'),
    sort: z
      .enum(['time', 'p95', 'p99', 'errors', 'calls'])
      .optional()
      .describe('Order: share of the total time (default), latency, number of errors or of calls.'),
    limit: z.number().int().min(1).max(100).optional().describe('Number of operations. Default 20.'),
  }),
  async run({ service, sort = 'time', limit = 20, ...input }, context) {
    const range = rangeOf(input, context.nowMillis);
    const { routes } = await context.client.get('/routes', { ...range, service, limit: MAX_ROUTES }, context.signal);
    if (routes.length === 0) return await nothingFound('operations', range, context);
    const response = new ResponseText('name a service, or a smaller limit.');
    response.add(
      `Operations from ${rangeText(range)}, by ${ORDER_NAMES[sort]} (${Math.min(limit, routes.length)} of ${routes.length}):`,
    );
    const by = { time: 'timeShare', p95: 'p95', p99: 'p99', errors: 'errors', calls: 'calls' } as const;
    response.table(
      ['service', 'operation', 'time share', 'calls', 'error rate', 'p95', 'p99'],
      routes
        .toSorted((a, b) => b[by[sort]] - a[by[sort]])
        .slice(0, limit)
        .map((one) => [
          cut(one.service, 40),
          cut(one.name, 60),
          percentText(one.timeShare, 1),
          numberText(one.calls),
          percentText(one.errors, one.calls),
          durationText(one.p95),
          durationText(one.p99),
        ]),
    );
    return response.toString();
  },
});

/** Operations read to be sorted. */
export const MAX_ROUTES = 1000;

const ORDER_NAMES = {
  time: 'share of the total time',
  p95: 'p95',
  p99: 'p99',
  errors: 'number of errors',
  calls: 'number of calls',
} as const;
