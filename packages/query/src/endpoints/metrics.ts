import { z } from '@hono/zod-openapi';
import { millisOf, sparse } from '../api/json.ts';
import { LIMITS } from '../api/limits.ts';
import {
  metricLabelsResponse,
  metricLabelValuesResponse,
  metricSeriesResponse,
  metricsResponse,
} from '../api/schemas.ts';
import { nearestIfEmpty } from '../request/nearest.ts';
import {
  choice,
  limit,
  list,
  rangeOf,
  rangeParameters,
  requiredText,
  steps,
  text,
  where,
} from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';
import { axisOf } from './overview.ts';

const AGGREGATES = ['rate', 'sum', 'avg', 'min', 'max', 'last', 'count', 'p50', 'p90', 'p95', 'p99'] as const;

export const metrics = defineEndpoint({
  path: '/api/v1/metrics',
  permission: 'telemetry:read',
  summary: 'Returns the metrics in the range, by name.',
  parameters: z.object({ ...rangeParameters, match: text('Substring of the metric name.'), limit: limit(500) }),
  response: metricsResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const matching = query.match === undefined ? {} : { match: query.match };
    const found = await store().metricNames({ ...range, ...matching, limit: query.limit });
    return { metrics: found, ...(await nearestIfEmpty(found, store(), range, 'metrics')) };
  },
});

export const metricLabels = defineEndpoint({
  path: '/api/v1/metrics/labels',
  permission: 'telemetry:read',
  summary: 'Returns the attribute keys of a metric or, with `key`, the values of that attribute.',
  parameters: z.object({
    ...rangeParameters,
    name: requiredText('Metric name.'),
    key: text('Attribute key whose values to return.'),
    limit: limit(200),
  }),
  response: z.union([metricLabelsResponse, metricLabelValuesResponse]),
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    if (query.key === undefined) return { labels: await store().metricLabels({ ...range, name: query.name }) };
    return { values: await store().labelValues({ ...range, name: query.name, key: query.key, limit: query.limit }) };
  },
});

export const metricSeries = defineEndpoint({
  path: '/api/v1/metrics/series',
  permission: 'telemetry:read',
  summary: "Returns a metric's series, grouped by labels and aggregated per step.",
  parameters: z.object({
    ...rangeParameters,
    name: requiredText('Metric name.'),
    aggregate: choice(AGGREGATES, 'avg', 'How to aggregate the points within a step.'),
    group_by: list(LIMITS.groupKeys, 'Attribute key, `service` or `resource.KEY`.'),
    where: where('points'),
    steps: steps(),
    limit: limit(50),
  }),
  response: metricSeriesResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const [{ series, total }, unit] = await Promise.all([
      store().metricSeries({
        ...range,
        name: query.name,
        conditions: query.where,
        groupBy: query.group_by,
        aggregate: query.aggregate,
        steps: query.steps,
        limit: query.limit,
      }),
      store()
        .metricNames({ ...range, match: query.name, limit: LIMITS.rows })
        .then((found) => found.find(({ name }) => name === query.name)?.unit ?? ''),
    ]);
    return {
      ...axisOf(range, query.steps),
      unit,
      total,
      series: series.map(({ labels, values, exemplars }) => ({
        labels,
        values: sparse(values),
        exemplars: exemplars.map(({ time, ...rest }) => ({ ...rest, timeMillis: millisOf(time) })),
      })),
    };
  },
});
