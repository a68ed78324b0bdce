import type { FacetValue, LogQuery } from '../../contract.ts';
import { addCounts, type CountedValues } from '../../scan/collect-values.ts';
import { isScannableField } from '../../scan/scan-filter.ts';
import { withDirect } from '../lookup/direct.ts';
import { sourcesOf } from '../scan/sources.ts';
import { asNumber, asText, type ReadContext, select, where } from '../shared/context.ts';
import { fieldPlaces, placesText } from '../shared/fields.ts';
import { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { statementText } from '../shared/statements.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { conditionsOf, withMatching } from './logs.ts';
import { scannableConditions } from './scanned-logs.ts';

type FacetQuery = LogQuery & { readonly field: string };

/** Returns the most frequent values of a field. */
export async function logFacet(
  context: ReadContext,
  indexes: TraceIndexes,
  query: FacetQuery,
): Promise<readonly FacetValue[]> {
  const scanned = await scannedFacet(context, query);
  if (scanned !== undefined) {
    const first = scanned.values.toSorted(byCount).slice(0, query.limit);
    return scanned.missing === 0 ? first : countAgain(context, indexes, query, first);
  }
  await checkPatterns(context, query);
  return withMatching(context, indexes, query, async (files) => {
    const parameters = new ParameterBag();
    parameters.set('limit', BigInt(query.limit));
    const value = placesText(fieldPlaces(query.field, 'logs', files, parameters));
    const conditions = where(conditionsOf(query, files, parameters));
    const rows = `SELECT ${value} AS value FROM ${files.relation} ${conditions}`;
    const text = `WITH rows AS (${rows}) ${statementText('value-counts')}`;
    const values = await select(context, query.tenant, text, parameters);
    return values.map((row) => ({ value: asText(row['value']), count: asNumber(row['records']) }));
  });
}

/** Returns exact counts of some values of a field. */
async function countAgain(
  context: ReadContext,
  indexes: TraceIndexes,
  query: FacetQuery,
  values: readonly FacetValue[],
): Promise<readonly FacetValue[]> {
  const [first, ...others] = values.map(({ value }) => ({ field: query.field, op: '=', value }) as const);
  if (first === undefined) return [];
  return logFacet(context, indexes, { ...query, conditions: [...query.conditions, { ...first, or: others }] });
}

/**
 * Counts the values of a field without the engine and without first writing the pending rows to a file; `undefined` if
 * that is not possible.
 */
async function scannedFacet(context: ReadContext, query: FacetQuery): Promise<CountedValues | undefined> {
  const { tenant, start, end, field } = query;
  const conditions = scannableConditions(query);
  if (conditions === undefined || !isScannableField(field)) return undefined;
  if (end <= start) return { values: [], missing: 0 };
  const question = { values: { start, end, field, conditions } };
  return withDirect(context, tenant, 'logs', question, async ({ files: all, pending, reply }) => {
    if (pending !== undefined && reply.values === undefined) return undefined;
    const files = new Files(all).overlapping(start, end);
    if (files.isEmpty) return reply.values ?? { values: [], missing: 0 };
    const range = { start, end, steps: 1 };
    const attribute = field.startsWith('attributes.') ? [field.slice('attributes.'.length)] : [];
    const sources = sourcesOf(files, conditions, attribute);
    const { timeoutMillis } = context.limits;
    const request = {
      kind: 'values',
      field,
      sources,
      ranges: [{ start, end }],
      range,
      conditions,
      timeoutMillis,
    } as const;
    const found = await context.duck.scan(request, context.caller);
    return found?.kind === 'values'
      ? addCounts([found.values, ...(reply.values === undefined ? [] : [reply.values])])
      : undefined;
  });
}

/** Orders values as the engine does: equally frequent ones by their bytes. */
function byCount(a: FacetValue, b: FacetValue): number {
  return b.count - a.count || Buffer.compare(Buffer.from(a.value), Buffer.from(b.value));
}
