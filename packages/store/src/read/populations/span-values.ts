import type { MatchingTraces, SpanValue } from '../../populations/contract.ts';
import { asNumber, asText, type ReadContext, select, where, withRange } from '../shared/context.ts';
import { fieldPlaces, placesText } from '../shared/fields.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { statementText } from '../shared/statements.ts';
import { matchConditions } from '../traces/trace-summaries.ts';

/** Number of spans whose values are counted. Completion needs the frequent ones, not exact numbers. */
const MAX_SPANS = 200_000;

/** Returns the most frequent values of a field among the matching spans. */
export async function spanValues(
  context: ReadContext,
  query: MatchingTraces & { readonly field: string; readonly limit: number },
): Promise<readonly SpanValue[]> {
  await checkPatterns(context, query);
  return withRange<readonly SpanValue[]>(context, query, 'traces', [], async (files) => {
    const parameters = new ParameterBag();
    parameters.set('limit', BigInt(query.limit));
    const value = placesText(fieldPlaces(query.field, 'traces', files, parameters));
    const conditions = matchConditions({ ...query, orderBy: 'time' }, files, parameters);
    const rows =
      `SELECT ${value} AS value FROM ${files.relation} ` +
      `${where([...conditions, `${value} IS NOT NULL`])} LIMIT ${MAX_SPANS}`;
    const found = await select(
      context,
      query.tenant,
      `WITH rows AS (${rows}) ${statementText('value-counts')}`,
      parameters,
    );
    return found.map((row) => ({ value: asText(row['value']), count: asNumber(row['records']) }));
  });
}
