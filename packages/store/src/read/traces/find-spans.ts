import type { TraceTextQuery } from '../../contract.ts';
import { ATTRIBUTE_KEYS } from '../../schema.ts';
import { compileText } from '../shared/conditions.ts';
import { asText, type ReadContext, select, withFiles } from '../shared/context.ts';
import { ParameterBag } from '../shared/parameters.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { SPAN_ORDER } from './trace-files.ts';

/** Returns the IDs of a trace's spans that contain a string. */
export async function findSpans(
  context: ReadContext,
  indexes: TraceIndexes,
  { tenant, traceId, text }: TraceTextQuery,
): Promise<readonly string[]> {
  return withFiles(context, tenant, 'traces', async (all) => {
    const files = await indexes.select(all, [traceId]);
    if (files.isEmpty) return [];
    const parameters = new ParameterBag();
    const ofTrace = `trace_id = ${parameters.add(traceId)}`;
    const wanted = parameters.add(text.toLowerCase());
    const keys = `list_transform(from_json(${ATTRIBUTE_KEYS}, '["VARCHAR"]'), lambda k: lower(left(k, -2)))`;
    const tests = [
      compileText(text, ['name', 'service_name', 'status_message'], { signal: 'traces', files, parameters }),
      `coalesce(len(list_filter(${keys}, lambda k: contains(k, ${wanted}))) > 0, false)`,
      `lower(hex(span_id)) = ${wanted}`,
    ];
    const matching = `${ofTrace} AND (${tests.join(' OR ')})`;
    const statement = `SELECT lower(hex(span_id)) AS id FROM ${files.relation} WHERE ${matching} ORDER BY ${SPAN_ORDER}`;
    return (await select(context, tenant, statement, parameters)).map((row) => asText(row['id']));
  });
}
