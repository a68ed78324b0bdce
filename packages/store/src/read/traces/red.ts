import type { Heatmap, HeatmapQuery, RedQuery, RedSeries, RouteSummary } from '../../contract.ts';
import type { ReadContext } from '../shared/context.ts';
import type { SpansQuery } from '../shared/requests.ts';
import { stepsOf } from '../shared/steps.ts';
import { MergedRequests } from '../summaries/merge-requests.ts';
import { requests, withRequests } from '../summaries/requests.ts';
import { redSeries, requestHeatmap, routeSummaries } from './request-results.ts';

/**
 * Returns request rates, errors and durations in steps, busiest key first. A span's name is used as its route, because
 * OpenTelemetry names server spans by method and route.
 */
export async function red(context: ReadContext, query: RedQuery): Promise<readonly RedSeries[]> {
  const steps = stepsOf(query);
  return withRequests<readonly RedSeries[]>(context, query, query.groupBy, [], async (source) => {
    return redSeries(await requests(context, query, query.groupBy, source), query.groupBy, steps);
  });
}

/** Returns request counts by step and duration. */
export async function durationHeatmap(context: ReadContext, query: HeatmapQuery): Promise<Heatmap> {
  const steps = stepsOf(query);
  return withRequests(context, query, 'none', requestHeatmap(new MergedRequests(), steps), async (source) =>
    requestHeatmap(await requests(context, query, 'none', source), steps),
  );
}

/** Returns operations by their share of the total request time. */
export async function routes(
  context: ReadContext,
  query: SpansQuery & { readonly limit: number },
): Promise<readonly RouteSummary[]> {
  const inOneStep = { ...query, steps: 1 };
  return withRequests<readonly RouteSummary[]>(context, inOneStep, 'operation', [], async (source) => {
    return routeSummaries(await requests(context, inOneStep, 'operation', source), query.limit);
  });
}
