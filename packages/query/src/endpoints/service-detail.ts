import { z } from '@hono/zod-openapi';
import type { RangeQuery, Store } from '@otelier/store';
import { releasesResponse, serviceDetailResponse } from '../api/service-detail.ts';
import { rangeOf, rangeParameters, requiredText, steps } from '../request/parameters.ts';
import { type Release, releasesOf } from '../services/releases.ts';
import { countMetricResources, countResources, type ResourceCount } from '../services/resource-counts.ts';
import { serviceDetail as detailOf } from '../services/service-detail.ts';
import { defineEndpoint } from './endpoint.ts';
import { axisOf } from './overview.ts';

export const serviceDetail = defineEndpoint({
  path: '/api/v1/services/detail',
  permission: 'telemetry:read',
  summary: 'Returns the versions, instances, resource attributes and releases of a service, from all its signals.',
  parameters: z.object({ ...rangeParameters, service: requiredText('Service name.'), steps: steps() }),
  response: serviceDetailResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const axis = axisOf(range, query.steps);
    const [counts, before] = await countBoth(store(), range, query.steps, query.service);
    const { releases, ...detail } = detailOf(counts ?? [], before ?? [], query.steps);
    return { ...axis, isComplete: counts !== undefined, ...detail, releases: releases.map(timeOf(axis.timesMillis)) };
  },
});

export const releases = defineEndpoint({
  path: '/api/v1/releases',
  permission: 'telemetry:read',
  summary:
    'Returns the versions of services (`service.version`) that were first seen in the range, after other versions.',
  parameters: z.object({ ...rangeParameters, steps: steps() }),
  response: releasesResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const { stepMillis, timesMillis } = axisOf(range, query.steps);
    const [counts, before] = await countBoth(store(), range, query.steps);
    const found = counts === undefined || before === undefined ? [] : releasesOf(counts, before);
    return { isComplete: counts !== undefined, stepMillis, releases: found.map(timeOf(timesMillis)) };
  },
});

/** Counts resources in the range and in the one of equal length before it. */
async function countBoth(
  store: Store,
  range: RangeQuery,
  count: number,
  service?: string,
): Promise<readonly [readonly ResourceCount[] | undefined, readonly ResourceCount[] | undefined]> {
  const length = range.end - range.start;
  const earlier = { ...range, start: range.start > length ? range.start - length : 0n, end: range.start, steps: 1 };
  const read = async (from: RangeQuery & { readonly steps: number }): Promise<readonly ResourceCount[] | undefined> => {
    const [items, metrics] = await Promise.all([
      countResources(store, from, service),
      service === undefined ? [] : countMetricResources(store, from, service),
    ]);
    return items === undefined ? undefined : [...items, ...metrics];
  };
  return Promise.all([read({ ...range, steps: count }), range.start === 0n ? [] : read(earlier)]);
}

function timeOf(timesMillis: readonly number[]): (release: Release) => {
  readonly service: string;
  readonly version: string;
  readonly timeMillis: number;
} {
  return ({ step, ...release }) => ({ ...release, timeMillis: timesMillis[step] ?? 0 });
}
