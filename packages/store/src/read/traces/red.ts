import type { Heatmap, RangeQuery, RedQuery, RedSeries, RouteSummary } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { asList, asNumber, asText, type ReadContext, type Row, withRange } from '../shared/context.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { DURATION, FAILED, findRequests, type Requests, SERVICE, type SpansQuery } from '../shared/requests.ts';
import { statementText } from '../shared/statements.ts';
import { type Steps, stepsOf } from '../shared/steps.ts';

/**
 * SQL for the keys of `RedQuery.groupBy`. A span's name is used as its route, because OpenTelemetry names server spans
 * by method and route.
 */
const KEYS: Readonly<Record<RedQuery['groupBy'], string>> = {
  service: "coalesce(service_name, '') AS key",
  route: 'name AS key',
  none: "'' AS key",
};

/** Returns request rates, errors and durations in steps, busiest key first. */
export async function red(context: ReadContext, query: RedQuery): Promise<readonly RedSeries[]> {
  const steps = stepsOf(query);
  return withRange(context, query, 'traces', [], async (files) => {
    const requests = await findRequests(context, query, files);
    const rows = await selectRed(requests, steps, KEYS[query.groupBy]);
    return [...Map.groupBy(rows, (row) => asText(row['key']))]
      .map(([key, cells]) => seriesOf(key, cells, steps))
      .sort((a, b) => sum(b.requests) - sum(a.requests) || (a.key < b.key ? -1 : 1));
  });
}

/**
 * Lower bounds of the heatmap buckets in nanoseconds: four per decade from 1 µs to 1000 s, and one bucket below them.
 */
const BOUNDS: readonly number[] = [0, ...Array.from({ length: 37 }, (_, i) => Math.round(1000 * 10 ** (i / 4)))];

/** Returns request counts by step and duration. */
export async function durationHeatmap(
  context: ReadContext,
  query: RangeQuery & { readonly steps: number; readonly service?: string },
): Promise<Heatmap> {
  const steps = stepsOf(query);
  const counts = steps.times.map(() => BOUNDS.map(() => 0));
  const p95: (number | undefined)[] = steps.times.map(() => undefined);
  await withRange<void>(context, query, 'traces', undefined, async (files) => {
    const requests = await findRequests(context, query, files);
    const parameters = new ParameterBag();
    parameters.set('rows', BigInt(BOUNDS.length));
    const columns = [`${steps.indexOf(TIME_COLUMN.traces)} AS step`, DURATION];
    const [cells, quantiles] = await Promise.all([
      requests.select(columns, statementText('duration-heatmap'), parameters),
      selectRed(requests, steps, KEYS.none),
    ]);
    for (const row of cells) {
      const step = counts[asNumber(row['step'])];
      if (step !== undefined) step[asNumber(row['cell'])] = asNumber(row['requests']);
    }
    for (const row of quantiles) p95[asNumber(row['step'])] = asNumber(asList(row['quantiles'])[1]);
  });
  return { times: steps.times, bounds: BOUNDS, counts, p95 };
}

/** Returns operations by their share of the total request time. */
export async function routes(
  context: ReadContext,
  query: SpansQuery & { readonly limit: number },
): Promise<readonly RouteSummary[]> {
  return withRange(context, query, 'traces', [], async (files) => {
    const parameters = new ParameterBag();
    parameters.set('limit', BigInt(query.limit));
    const columns = [SERVICE, 'name', FAILED, DURATION];
    const requests = await findRequests(context, query, files);
    const rows = await requests.select(columns, statementText('routes'), parameters);
    return rows.map((row) => {
      const [p95 = 0, p99 = 0] = asList(row['quantiles']).map(asNumber);
      return {
        service: asText(row['service']),
        name: asText(row['name']),
        calls: asNumber(row['calls']),
        errors: asNumber(row['errors']),
        p95,
        p99,
        timeShare: asNumber(row['time_share']),
      };
    });
  });
}

function selectRed(requests: Requests, steps: Steps, key: string): Promise<readonly Row[]> {
  const columns = [key, `${steps.indexOf(TIME_COLUMN.traces)} AS step`, FAILED, DURATION];
  return requests.select(columns, statementText('red'), new ParameterBag());
}

function seriesOf(key: string, cells: readonly Row[], { times }: Steps): RedSeries {
  const byStep = new Map(cells.map((row) => [asNumber(row['step']), row]));
  const rows = times.map((_, step) => byStep.get(step));
  const quantile = (row: Row | undefined, index: number): number | undefined =>
    row === undefined ? undefined : asNumber(asList(row['quantiles'])[index]);
  return {
    key,
    times,
    requests: rows.map((row) => asNumber(row?.['requests'])),
    errors: rows.map((row) => asNumber(row?.['errors'])),
    p50: rows.map((row) => quantile(row, 0)),
    p95: rows.map((row) => quantile(row, 1)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
