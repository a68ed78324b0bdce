import { z } from '@hono/zod-openapi';
import type { RangeQuery } from '@otelier/store';
import { millisOf, sparse } from '../api/json.ts';
import { errorsResponse, heatmapResponse, redResponse, routesResponse, servicesResponse } from '../api/schemas.ts';
import { choice, limit, rangeOf, rangeParameters, steps, text, where } from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';

const service = text('Service name to filter by.');

export const services = defineEndpoint({
  path: '/api/v1/services',
  permission: 'telemetry:read',
  summary: 'Returns the services in the range with their request rates, errors and durations.',
  parameters: z.object(rangeParameters),
  response: servicesResponse,
  async handle(query, { store, nowMillis }) {
    const found = await store().services(rangeOf(query, nowMillis()));
    return { services: found.map(({ lastSeen, ...rest }) => ({ ...rest, lastSeenNanos: lastSeen.toString() })) };
  },
});

export const red = defineEndpoint({
  path: '/api/v1/red',
  permission: 'telemetry:read',
  summary: 'Returns the request rate, errors and durations per step.',
  parameters: z.object({
    ...rangeParameters,
    steps: steps(),
    service,
    where: where('spans'),
    group_by: choice(['service', 'route', 'none'], 'service', 'Grouping of the series.'),
  }),
  response: redResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const series = await store().red({
      ...range,
      steps: query.steps,
      groupBy: query.group_by,
      conditions: query.where,
      ...ofService(query),
    });
    return {
      ...axisOf(range, query.steps),
      series: series.map(({ key, requests, errors, p50, p95 }) => ({
        key,
        requests,
        errors,
        p50: sparse(p50),
        p95: sparse(p95),
      })),
    };
  },
});

export const heatmap = defineEndpoint({
  path: '/api/v1/heatmap',
  permission: 'telemetry:read',
  summary: 'Returns the distribution of request durations over time.',
  parameters: z.object({ ...rangeParameters, steps: steps(), service, where: where('spans') }),
  response: heatmapResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const { bounds, counts, p95 } = await store().durationHeatmap({
      ...range,
      steps: query.steps,
      conditions: query.where,
      ...ofService(query),
    });
    return { ...axisOf(range, query.steps), bounds, counts, p95: sparse(p95) };
  },
});

export const routes = defineEndpoint({
  path: '/api/v1/routes',
  permission: 'telemetry:read',
  summary: 'Returns operations by their share of the total time.',
  parameters: z.object({ ...rangeParameters, service, limit: limit(50) }),
  response: routesResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    return { routes: await store().routes({ ...range, limit: query.limit, ...ofService(query) }) };
  },
});

export const errors = defineEndpoint({
  path: '/api/v1/errors',
  permission: 'telemetry:read',
  summary: 'Returns failed spans grouped by error.',
  parameters: z.object({ ...rangeParameters, service, steps: steps(), limit: limit(50) }),
  response: errorsResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const found = await store().errors({ ...range, steps: query.steps, limit: query.limit, ...ofService(query) });
    return {
      errors: found.map(({ firstSeen, lastSeen, ...rest }) => ({
        ...rest,
        firstSeenNanos: firstSeen.toString(),
        lastSeenNanos: lastSeen.toString(),
      })),
    };
  },
});

/** Returns the time axis of a series, even of an empty one, so that charts retain their width. */
export function axisOf({ start, end }: RangeQuery, count: number): { timesMillis: number[]; stepMillis: number } {
  const stepMillis = (millisOf(end) - millisOf(start)) / count;
  return { timesMillis: Array.from({ length: count }, (_, i) => millisOf(start) + i * stepMillis), stepMillis };
}

function ofService({ service: name }: { readonly service?: string | undefined }): { readonly service?: string } {
  return name === undefined ? {} : { service: name };
}
