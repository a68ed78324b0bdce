import type { ServiceCalls } from '../../items.ts';
import { TIME_COLUMN } from '../../schema.ts';
import type { RangeQuery } from '../../values.ts';
import { asNumber, asText, type ReadContext, select, where, withRange } from '../shared/context.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { rangeConditions } from '../shared/steps.ts';

/** Counts the calls between services: spans joined with their parents. */
export async function serviceCalls(context: ReadContext, query: RangeQuery): Promise<readonly ServiceCalls[]> {
  return withRange<readonly ServiceCalls[]>(context, query, 'traces', [], async (files) => {
    const range = rangeConditions(TIME_COLUMN.traces, query, files);
    const spans = (columns: string, ...conditions: readonly string[]): string =>
      `SELECT trace_id, ${columns} FROM ${files.relation} ${where([...range, ...conditions])}`;
    const named = "service_name IS NOT NULL AND service_name <> ''";
    const text =
      `WITH parents AS (${spans('span_id AS id, any_value(service_name) AS caller', named, 'span_id IS NOT NULL')} ` +
      'GROUP BY trace_id, span_id), ' +
      `children AS (${spans('parent_span_id AS id, service_name AS called', named, 'parent_span_id IS NOT NULL')}) ` +
      'SELECT caller, called, count(*) AS calls FROM children JOIN parents USING (trace_id, id) ' +
      'WHERE caller <> called GROUP BY ALL ORDER BY caller, called';
    const rows = await select(context, query.tenant, text, new ParameterBag());
    return rows.map((row) => ({
      caller: asText(row['caller']),
      called: asText(row['called']),
      calls: asNumber(row['calls']),
    }));
  });
}
