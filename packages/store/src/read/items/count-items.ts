import type { CountItemsQuery, CountKey, ItemCount } from '../../items.ts';
import { ItemCounts } from '../../scan/item-counts.ts';
import { ATTRIBUTE_KEYS, TIME_COLUMN } from '../../schema.ts';
import type { Attributes } from '../../values.ts';
import { withDirect } from '../lookup/direct.ts';
import { sourcesOf } from '../scan/sources.ts';
import { jsonAttributes } from '../shared/attributes.ts';
import { asNumber, asText, type ReadContext, type Row, select, where, withRange } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { compileFilter } from '../shared/item-filter.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { rangeConditions, stepsOf } from '../shared/steps.ts';

/** The columns with the properties by which items are counted. */
const COLUMNS: Readonly<Record<CountKey, string>> = {
  service: 'service_name',
  name: 'name',
  kind: 'kind',
  status: 'status_code',
  severity: 'severity_number',
  severityText: 'severity_text',
  resource: 'resource_attributes',
  attributeKeys: ATTRIBUTE_KEYS,
};

/** Counts items in steps by their properties, in one pass over the columns that have them. */
export async function countItems(
  context: ReadContext,
  query: CountItemsQuery,
): Promise<readonly ItemCount[] | undefined> {
  const steps = stepsOf(query);
  const scanned = await scannedItems(context, query);
  if (scanned !== undefined) return scanned;
  const { signal, filter, by, bodies, limit } = query;
  const time = TIME_COLUMN[signal];
  return withRange<readonly ItemCount[] | undefined>(context, query, signal, [], async (files) => {
    const parameters = new ParameterBag();
    const conditions = [
      ...rangeConditions(time, query, files),
      ...(filter === undefined ? [] : [compileFilter(filter, { signal, files, parameters })]),
    ];
    const columns = [
      `${query.steps === 1 ? '0' : steps.indexOf(time)} AS step`,
      ...by.map((key) => COLUMNS[key]),
      'count(*) AS items',
      ...(bodies === true ? ['sum(coalesce(strlen(body), 0)) AS body_bytes'] : []),
    ];
    const text = `SELECT ${columns.join(', ')} FROM ${files.relation} ${where(conditions)} GROUP BY ALL LIMIT ${limit + 1}`;
    const rows = await select(context, query.tenant, text, parameters);
    return rows.length > limit ? undefined : rows.map(countReader());
  });
}

/**
 * Counts items without the engine and without first writing the pending rows to a file; `undefined` if that is not
 * possible.
 */
async function scannedItems(
  context: ReadContext,
  { tenant, start, end, signal, filter, by, steps, bodies = false, limit }: CountItemsQuery,
): Promise<readonly ItemCount[] | undefined> {
  if (filter !== undefined || signal === 'profiles') return undefined;
  if (end <= start) return [];
  const columns = by.map((key) => COLUMNS[key]);
  const range = { start, end, steps };
  const wanted = { range, columns, bodies };
  return withDirect(context, tenant, signal, { items: wanted }, async ({ files: all, pending, reply }) => {
    if (pending !== undefined && reply.items === undefined) return undefined;
    const sources = sourcesOf(new Files(all).overlapping(start, end), []);
    const { timeoutMillis } = context.limits;
    const rows = { sources, ranges: [{ start, end }], conditions: [], timeoutMillis };
    const found = await context.duck.scan({ kind: 'items', signal, ...wanted, limit, ...rows }, context.caller);
    if (found?.kind !== 'items') return undefined;
    const counts = new ItemCounts(Number.POSITIVE_INFINITY);
    counts.add(found.items);
    counts.add(reply.items ?? []);
    const cells = counts.all();
    if (cells.length > limit) return undefined;
    const countOf = countReader();
    return cells.map(({ step, items, bodyBytes, values }) =>
      countOf({
        ...Object.fromEntries(columns.map((column, i) => [column, values[i] === '' ? null : values[i]])),
        ...{ step, items, body_bytes: bodyBytes },
      }),
    );
  });
}

/** Returns a function that converts rows. Equal resources and lists of keys are parsed once. */
function countReader(): (row: Row) => ItemCount {
  const resources = new Map<unknown, Attributes>();
  const keyLists = new Map<unknown, readonly string[]>();
  return (row) => {
    const [resource, keys] = [row['resource_attributes'], row[ATTRIBUTE_KEYS]];
    const resourceAttributes = resources.get(resource) ?? jsonAttributes(resource);
    const attributeKeys = keyLists.get(keys) ?? keysOf(keys);
    resources.set(resource, resourceAttributes);
    keyLists.set(keys, attributeKeys);
    return {
      step: asNumber(row['step']),
      items: asNumber(row['items']),
      bodyBytes: asNumber(row['body_bytes']),
      service: asText(row['service_name']),
      name: asText(row['name']),
      kind: asText(row['kind']),
      statusCode: asText(row['status_code']),
      severityNumber: asNumber(row['severity_number']),
      severityText: asText(row['severity_text']),
      resourceAttributes,
      attributeKeys,
    };
  };
}

/** Returns the keys in a stored list, whose entries end with `#` and a type. */
function keysOf(text: unknown): readonly string[] {
  if (typeof text !== 'string') return [];
  return [...new Set((JSON.parse(text) as readonly string[]).map((entry) => entry.slice(0, -2)))];
}
