import type { RedQuery, RedSeries } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { compileConditions } from '../shared/conditions.ts';
import {
  asList,
  asNumber,
  asOptionalNumber,
  asText,
  type ReadContext,
  type Row,
  select,
  where,
} from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { requestCondition, serviceConditions } from '../shared/requests.ts';
import { statementText } from '../shared/statements.ts';
import { rangeConditions, stepsOf } from '../shared/steps.ts';
import { rootOnlyServices } from '../summaries/requests.ts';

const KEYS: Readonly<Record<RedQuery['groupBy'], string>> = {
  service: "coalesce(service_name, '') AS key",
  route: 'name AS key',
  none: "'' AS key",
};

/**
 * Returns RED series of the requests that satisfy conditions, from rows. Exact percentiles take less time than
 * histograms if all rows must be read anyway.
 */
export async function filteredRed(context: ReadContext, query: RedQuery, files: Files): Promise<readonly RedSeries[]> {
  const { times, indexOf } = stepsOf(query);
  const parameters = new ParameterBag();
  const conditions = [
    ...rangeConditions(TIME_COLUMN.traces, query, files),
    ...serviceConditions(query, parameters),
    requestCondition(await rootOnlyServices(context, query, files), parameters),
    ...compileConditions(query.conditions ?? [], { signal: 'traces', files, parameters }),
  ];
  const columns = [
    KEYS[query.groupBy],
    `${indexOf(TIME_COLUMN.traces)} AS step`,
    "status_code = 'ERROR' AS failed",
    'duration_ns AS duration',
  ];
  const rows = `SELECT ${columns.join(', ')} FROM ${files.relation} ${where(conditions)}`;
  const cells = await select(context, query.tenant, `WITH rows AS (${rows}) ${statementText('red')}`, parameters);
  return [...Map.groupBy(cells, (row) => asText(row['key']))]
    .map(([key, own]) => seriesOf(key, own, times))
    .sort((a, b) => sum(b.requests) - sum(a.requests) || (a.key < b.key ? -1 : 1));
}

function seriesOf(key: string, cells: readonly Row[], times: readonly bigint[]): RedSeries {
  const byStep = new Map(cells.map((row) => [asNumber(row['step']), row]));
  const rows = times.map((_, step) => byStep.get(step));
  return {
    key,
    times,
    requests: rows.map((row) => asNumber(row?.['requests'])),
    errors: rows.map((row) => asNumber(row?.['errors'])),
    p50: rows.map((row) => asOptionalNumber(asList(row?.['quantiles'])[0])),
    p95: rows.map((row) => asOptionalNumber(asList(row?.['quantiles'])[1])),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
