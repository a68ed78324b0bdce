import { z } from 'zod';
import { cut, numberText, ResponseText, timeText } from '../response-text.ts';
import { rangeInput, rangeOf, rangeText } from '../time-range.ts';
import { defineTool } from '../tool.ts';
import { nothingFound } from './services.ts';

export const metrics = defineTool({
  name: 'list_metrics',
  title: 'Metrics',
  description:
    'Lists metrics with kind, unit, number of series and services. Use it to find the name for query_metric.',
  input: z.object({
    ...rangeInput,
    match: z.string().optional().describe('Part of the name.'),
    limit: z.number().int().min(1).max(100).optional().describe('Number of metrics. Default 40.'),
  }),
  async run({ match, limit = 40, ...input }, context) {
    const range = rangeOf(input, context.nowMillis);
    const { metrics: found } = await context.client.get('/metrics', { ...range, match, limit }, context.signal);
    if (found.length === 0) return await nothingFound('metrics', range, context);
    const response = new ResponseText('use `match` with a part of the name.');
    response.add(`Metrics from ${rangeText(range)}:`);
    response.table(
      ['name', 'kind', 'unit', 'series', 'services'],
      found.map((one) => [
        cut(one.name, 80),
        one.kind === 'sum' && one.monotonic ? 'counter' : one.kind,
        cut(one.unit || '-', 20),
        numberText(one.seriesCount),
        cut(one.services.join(', '), 80),
      ]),
    );
    return response.toString();
  },
});

/** Steps over which a metric is aggregated. */
const STEPS = 12;

export const queryMetric = defineTool({
  name: 'query_metric',
  title: 'Query a metric',
  description: `Aggregates a metric over time and labels: per series the minimum, mean, maximum, last value and ${STEPS} values over the range. Use aggregate "rate" for counters and "p95" or "p99" for histograms.`,
  input: z.object({
    ...rangeInput,
    name: z.string().describe('Name of the metric, as list_metrics shows it.'),
    aggregate: z
      .enum(['rate', 'sum', 'avg', 'min', 'max', 'last', 'count', 'p50', 'p90', 'p95', 'p99'])
      .describe('How to aggregate the points within a step.'),
    group_by: z
      .array(z.string())
      .max(8)
      .optional()
      .describe('Attribute keys, `service` or `resource.KEY`. Default: one series.'),
    where: z
      .array(z.string())
      .max(20)
      .optional()
      .describe('Conditions such as "service = cart" or "attributes.http.route = /cart".'),
    limit: z.number().int().min(1).max(30).optional().describe('Number of series, largest first. Default 10.'),
  }),
  async run({ name, aggregate, group_by: groupBy = [], where = [], limit = 10, ...input }, context) {
    const range = rangeOf(input, context.nowMillis);
    const parameters = { ...range, name, aggregate, group_by: groupBy, where, limit, steps: STEPS };
    const { series, total, unit, stepMillis } = await context.client.get('/metrics/series', parameters, context.signal);
    if (series.length === 0) return await nothingFound(`points of ${JSON.stringify(cut(name, 80))}`, range, context);
    const response = new ResponseText('use conditions or a smaller limit.');
    response.add(
      `${aggregate} of ${cut(name, 80)}${unit === '' ? '' : ` in ${cut(unit, 20)}`} from ${rangeText(range)}, step ${numberText(stepMillis / 1000)} s, ${series.length} of ${total} series:`,
    );
    for (const { labels, values, exemplars } of series) {
      const known = values.filter((value) => value !== null);
      const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
      const label = Object.entries(labels).map(([key, value]) => `${cut(key, 40)}=${cut(value, 60)}`);
      const [exemplar] = exemplars;
      const complete = response.add(
        `{${label.join(', ')}} min ${numberText(Math.min(...known))}, mean ${numberText(mean)}, max ${numberText(Math.max(...known))}, last ${numberText(known.at(-1) ?? Number.NaN)}`,
        `    ${values.map((value) => (value === null ? '-' : numberText(value))).join(' ')}`,
        ...(exemplar === undefined
          ? []
          : [
              `    exemplar: ${numberText(exemplar.value)} at ${timeText(exemplar.timeMillis)}, trace ${exemplar.traceId}`,
            ]),
      );
      if (!complete) break;
    }
    return response.toString();
  },
});
