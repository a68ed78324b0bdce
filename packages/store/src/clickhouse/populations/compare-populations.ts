import type { Population, PopulationsComparison, PopulationsQuery } from '../../populations/contract.ts';
import { rankDifferences } from '../../read/populations/rank-differences.ts';
import { rankTimes } from '../../read/populations/rank-times.ts';
import { RESOURCE_VALUES, VALUES } from '../schema/layout.ts';
import { compileConditions } from '../shared/conditions.ts';
import {
  asNumber,
  asText,
  type ClickHouseContext,
  type Row,
  rangeOf,
  select,
  tableOf,
  where,
} from '../shared/context.ts';
import { DURATION } from '../shared/fields.ts';
import { quoteList } from '../shared/quote.ts';
import { aroundRange } from '../traces/search-traces.ts';
import { matchingTraces } from './matching-traces.ts';

/**
 * Maximum number of traces of each population that are read. The standard error of a share is then at most 1.3 percent
 * of the traces.
 */
const MAX_TRACES = 1500;
/** Longer values are compared by their beginning. */
const MAX_VALUE_CHARACTERS = 200;
/** Number of distinct values above which numbers are compared as ranges. */
const MAX_NUMBERS = 24;
/** Values of a property that are returned: those whose shares differ most. */
const MAX_VALUES = 12;

const EMPTY: Population = { total: 0, read: 0, sampleTraceId: undefined };
const NOTHING: PopulationsComparison = { selected: EMPTY, baseline: EMPTY, differences: [], times: [] };

/** Compares the traces in a selection with the others of a range. */
export async function comparePopulations(
  context: ClickHouseContext,
  query: PopulationsQuery,
): Promise<PopulationsComparison> {
  if (query.end <= query.start) return NOTHING;
  const [selected, baseline] = await choose(context, query);
  const found = { ...NOTHING, selected: selected.population, baseline: baseline.population };
  if (selected.traceIds.length === 0 || baseline.traceIds.length === 0) return found;
  const spans = spansText(context, query, selected.traceIds, baseline.traceIds);
  const sizes = { selected: selected.traceIds.length, baseline: baseline.traceIds.length };
  const [properties, times] = await Promise.all([
    select(context, propertiesText(spans, sizes)),
    select(context, timesText(spans)),
  ]);
  return { ...found, differences: rankDifferences(properties, sizes), times: rankTimes(times) };
}

interface Chosen {
  readonly population: Population;
  readonly traceIds: readonly string[];
}

/** Divides the traces and chooses those to read, by the hash of their IDs, so that the choice is repeatable. */
async function choose(context: ClickHouseContext, query: PopulationsQuery): Promise<readonly [Chosen, Chosen]> {
  const { relation, sampling } = await matchingTraces(context, query);
  const { start, end, minDurationNanos, maxDurationNanos, conditions } = query.selection;
  const isSelected = [
    `begin >= ${start}`,
    `begin < ${end}`,
    `duration >= toFloat64(${minDurationNanos})`,
    `duration <= toFloat64(${maxDurationNanos})`,
  ];
  if (conditions.length > 0) {
    const chosen = where([...rangeOf(query), ...compileConditions(conditions, 'traces')]);
    isSelected.push(`trace IN (SELECT TraceId FROM ${tableOf(context, 'traces')} ${chosen})`);
  }
  const divided = `SELECT trace, begin, duration, (${isSelected.join(' AND ')}) AS is_selected FROM ${relation}`;
  const outside = query.baseline === 'before' ? where([`is_selected OR begin < ${start}`]) : '';
  const text =
    `SELECT trace, duration, is_selected, count() OVER (PARTITION BY is_selected) AS total FROM (${divided}) ${outside} ` +
    `ORDER BY cityHash64(trace) LIMIT ${MAX_TRACES} BY is_selected`;
  const rows = await select(context, text);
  const chosenOf = (isIn: 0 | 1): Chosen => {
    const own = rows.filter((row) => asNumber(row['is_selected']) === isIn);
    const byDuration = own.toSorted((a, b) => asNumber(a['duration']) - asNumber(b['duration']));
    const median = byDuration[byDuration.length >> 1];
    const population = {
      total: asNumber(own[0]?.['total']) * sampling,
      read: own.length,
      sampleTraceId: median && asText(median['trace']),
    };
    return { population, traceIds: own.map((row: Row) => asText(row['trace'])) };
  };
  return [chosenOf(1), chosenOf(0)];
}

function spansText(
  context: ClickHouseContext,
  query: PopulationsQuery,
  selected: readonly string[],
  baseline: readonly string[],
): string {
  const columns = [
    'TraceId AS t',
    `TraceId IN ${quoteList(selected)} AS is_selected`,
    ...['toString(ServiceName) AS service', 'toString(SpanName) AS name', "StatusCode = 'Error' AS failed"],
    `${DURATION} AS nanos`,
    ...['SpanAttributes AS texts', `${VALUES} AS others`],
    ...['ResourceAttributes AS resource', `${RESOURCE_VALUES} AS other_resource`],
  ];
  const conditions = [...aroundRange(query), `TraceId IN ${quoteList([...selected, ...baseline])}`];
  return `spans AS (SELECT ${columns.join(', ')} FROM ${tableOf(context, 'traces')} ${where(conditions)})`;
}

const OPERATIONS =
  'SELECT t, is_selected, service, name, count() AS calls, sum(toFloat64(nanos)) AS nanos FROM spans GROUP BY t, is_selected, service, name';

/** Returns a statement that counts the traces of both populations with each value of a property. */
function propertiesText(
  spans: string,
  { selected, baseline }: { readonly selected: number; readonly baseline: number },
): string {
  const value = (texts: string, others: string): string =>
    `leftUTF8(if(${others}[key] != '', ${others}[key], ${texts}[key]), ${MAX_VALUE_CHARACTERS})`;
  const none = 'CAST(NULL AS Nullable(Float64)) AS low';
  // Numbers with many values are compared by their power of two, `low` being the lower bound of the magnitude.
  const power = 'if(number = 0 OR NOT isFinite(number), number, sign(number) * pow(2, floor(log2(abs(number)))))';
  const properties = [
    `SELECT DISTINCT t, is_selected, service, 'attribute' AS kind, key, if(key IN (SELECT key FROM ranges) AND isNotNull(number), '', value) AS value, ` +
      `if(key IN (SELECT key FROM ranges) AND isNotNull(number), ${power}, NULL) AS low FROM attributes`,
    `SELECT DISTINCT t, is_selected, service, 'resource' AS kind, toString(entry) AS key, ${value('resource', 'other_resource').replaceAll('key', 'entry')} AS value, ${none} ` +
      "FROM spans ARRAY JOIN mapKeys(resource) AS entry WHERE entry != 'service.name'",
    `SELECT DISTINCT t, is_selected, service, 'span' AS kind, name AS key, '' AS value, ${none} FROM spans`,
    `SELECT DISTINCT t, is_selected, service, 'status' AS kind, name AS key, 'error' AS value, ${none} FROM spans WHERE failed`,
    `SELECT t, is_selected, service, 'calls' AS kind, name AS key, toString(least(calls, 100)) AS value, ${none} FROM (${OPERATIONS})`,
  ];
  const attributes =
    `SELECT t, is_selected, service, toString(entry) AS key, ${value('texts', 'others').replaceAll('key', 'entry')} AS value, ` +
    'toFloat64OrNull(others[entry]) AS number FROM spans ARRAY JOIN mapKeys(texts) AS entry';
  const difference = `abs(countIf(is_selected) / ${selected} - countIf(NOT is_selected) / ${baseline})`;
  return (
    `WITH ${spans}, attributes AS (${attributes}), ` +
    `ranges AS (SELECT key FROM attributes GROUP BY key HAVING uniqExact(number) > ${MAX_NUMBERS}) ` +
    'SELECT kind, service, key, value, low, countIf(is_selected) AS selected, countIf(NOT is_selected) AS baseline, ' +
    `toString(sum(cityHash64(t))) AS mark, ${difference} AS difference FROM (${properties.join(' UNION ALL ')}) ` +
    'GROUP BY kind, service, key, value, low HAVING difference >= 0.005 ' +
    `ORDER BY difference DESC, value, low LIMIT ${MAX_VALUES} BY kind, service, key`
  );
}

/** Returns a statement for the time that traces spend in operations. */
function timesText(spans: string): string {
  return (
    `WITH ${spans} SELECT 'time' AS kind, service, name AS key, countIf(is_selected) AS selected, ` +
    'countIf(NOT is_selected) AS baseline, quantileIf(0.5)(nanos, is_selected) AS selected_nanos, ' +
    `quantileIf(0.5)(nanos, NOT is_selected) AS baseline_nanos FROM (${OPERATIONS}) ` +
    'GROUP BY service, name ORDER BY selected + baseline DESC LIMIT 1000'
  );
}
