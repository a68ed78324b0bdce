import type { CountItemsQuery, CountKey, ItemCount } from '../../items.ts';
import { ATTRIBUTE_KEYS, TIME_COLUMN } from '../../schema.ts';
import type { Attributes } from '../../values.ts';
import { jsonAttributes } from '../shared/attributes.ts';
import { asNumber, asText, type ReadContext, type Row, select, where, withRange } from '../shared/context.ts';
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
  const { signal, filter, by, bodies, limit } = query;
  const time = TIME_COLUMN[signal];
  const steps = stepsOf(query);
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
