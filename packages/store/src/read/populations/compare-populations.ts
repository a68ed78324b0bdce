import type { Population, PopulationsComparison, PopulationsQuery } from '../../populations/contract.ts';
import { compileConditions } from '../shared/conditions.ts';
import { asList, asNumber, asText, type ReadContext, type Row, select, where, withRange } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { matchingTraces } from './matching-traces.ts';
import { rankDifferences } from './rank-differences.ts';
import { rankTimes } from './rank-times.ts';
import { propertiesText } from './trace-properties.ts';

/**
 * Maximum number of traces of each population that are read. The standard error of a share is then at most 1.3 percent
 * of the traces.
 */
const MAX_TRACES = 1500;

/** Compares the traces in a selection with the others of a range. */
export async function comparePopulations(
  context: ReadContext,
  query: PopulationsQuery,
): Promise<PopulationsComparison> {
  await checkPatterns(context, query);
  await checkPatterns(context, { tenant: query.tenant, conditions: query.selection.conditions });
  return withRange<PopulationsComparison>(context, query, 'traces', NOTHING, async (files, all) => {
    const [selected, baseline] = await choose(context, query, files, all);
    if (selected.traceIds.length === 0 || baseline.traceIds.length === 0)
      return { ...NOTHING, selected: selected.population, baseline: baseline.population };
    const parameters = new ParameterBag();
    const text = propertiesText(files, parameters, selected.traceIds, baseline.traceIds);
    const rows = await select(context, query.tenant, text, parameters);
    const sizes = { selected: selected.population.read, baseline: baseline.population.read };
    return {
      selected: selected.population,
      baseline: baseline.population,
      differences: rankDifferences(rows, sizes),
      times: rankTimes(rows),
    };
  });
}

const EMPTY: Population = { total: 0, read: 0, sampleTraceId: undefined };
const NOTHING: PopulationsComparison = { selected: EMPTY, baseline: EMPTY, differences: [], times: [] };

interface Chosen {
  readonly population: Population;
  readonly traceIds: readonly string[];
}

/** Divides the traces and chooses those to read, by the hash of their IDs, so that the choice is repeatable. */
async function choose(
  context: ReadContext,
  query: PopulationsQuery,
  files: Files,
  all: Files,
): Promise<readonly [Chosen, Chosen]> {
  const parameters = new ParameterBag();
  const { definitions, sampling } = matchingTraces(query, files, all, parameters);
  const { start, end, minDurationNanos, maxDurationNanos, conditions } = query.selection;
  const isSelected = [
    `start >= ${start}`,
    `start < ${end}`,
    `duration >= ${parameters.add(minDurationNanos)}`,
    `duration <= ${parameters.add(maxDurationNanos)}`,
  ];
  const selecting = compileConditions(conditions, { signal: 'traces', files, parameters });
  const marked = [...definitions];
  if (conditions.length > 0) {
    marked.push(`chosen AS (SELECT DISTINCT trace_id FROM ${files.relation} ${where(selecting)})`);
    isSelected.push('trace_id IN (SELECT trace_id FROM chosen)');
  }
  marked.push(`divided AS (SELECT *, ${isSelected.join(' AND ')} AS is_selected FROM traces)`);
  const outside = query.baseline === 'before' ? where([`is_selected OR start < ${start}`]) : '';
  const text =
    `WITH ${marked.join(', ')} SELECT is_selected, count(*) AS total, ` +
    `arg_min({ id: trace_id, duration: duration }, hash(trace_id), ${MAX_TRACES}) AS traces ` +
    `FROM divided ${outside} GROUP BY is_selected`;
  const rows = await select(context, query.tenant, text, parameters);
  const chosenOf = (isIn: boolean): Chosen => {
    const row = rows.find((one) => one['is_selected'] === isIn);
    const traces = asList(row?.['traces']).map((one) => one as Row);
    const byDuration = traces.toSorted((a, b) => asNumber(a['duration']) - asNumber(b['duration']));
    const median = byDuration[byDuration.length >> 1];
    const population = {
      total: asNumber(row?.['total']) * sampling,
      read: traces.length,
      sampleTraceId: median === undefined ? undefined : asText(median['id']),
    };
    return { population, traceIds: traces.map(({ id }) => asText(id)) };
  };
  return [chosenOf(true), chosenOf(false)];
}
