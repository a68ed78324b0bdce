import type { Signal } from '@otelier/otlp';
import type { FacetValue, NearestData, RangeQuery } from '../contract.ts';
import type { CountItemsQuery, CountKey, ItemCount, ServiceCalls } from '../items.ts';
import { GroupReader } from './decode/groups.ts';
import { pointsFrom, pointsRange } from './metrics/points.ts';
import { SIGNAL_COLUMNS } from './schema/layout.ts';
import { compileFilter } from './shared/conditions.ts';
import {
  asBigInt,
  asList,
  asNumber,
  asText,
  type ClickHouseContext,
  clamped,
  ofTenant,
  type Row,
  rangeOf,
  select,
  tableOf,
  where,
} from './shared/context.ts';
import { type ItemSignal, KIND, STATUS } from './shared/fields.ts';
import { resourceText } from './shared/item-rows.ts';
import { stepsOf } from './shared/steps.ts';

/** Returns the table of a signal, or the union of the tables of data points with these columns. */
export function itemsFrom(
  context: ClickHouseContext,
  signal: ItemSignal,
  columns: readonly string[],
  conditions: readonly string[],
): string {
  if (signal === 'metrics') return pointsFrom(context, columns, conditions);
  return `(SELECT ${columns.join(', ')} FROM ${tableOf(context, signal)} ${where(conditions)})`;
}

/** Returns conditions that select the items of a tenant in a range. */
export function itemsInRange(query: RangeQuery, signal: ItemSignal): readonly string[] {
  return signal === 'metrics' ? pointsRange(query) : rangeOf(query);
}

/** SQL for the properties by which items are counted, by signal. */
const PROPERTIES: Readonly<Record<CountKey, Readonly<Partial<Record<ItemSignal, string>>>>> = {
  service: { traces: 'toString(ServiceName)', logs: 'toString(ServiceName)', metrics: 'toString(ServiceName)' },
  name: { traces: 'toString(SpanName)', metrics: 'toString(MetricName)' },
  kind: { traces: KIND, metrics: 'kind' },
  status: { traces: STATUS },
  severity: { logs: 'SeverityNumber' },
  severityText: { logs: 'toString(SeverityText)' },
  resource: { traces: resourceText('traces'), logs: resourceText('logs'), metrics: resourceText('metrics') },
  attributeKeys: {
    traces: 'mapKeys(SpanAttributes)',
    logs: 'mapKeys(LogAttributes)',
    metrics: 'mapKeys(Attributes)',
  },
};

/** Counts items in steps by their properties. */
export async function countItems(
  context: ClickHouseContext,
  query: CountItemsQuery,
): Promise<readonly ItemCount[] | undefined> {
  const { signal, filter, by, bodies, limit, steps } = query;
  const { indexOf } = stepsOf(query);
  if (signal === 'profiles' || query.end <= query.start) return [];
  const conditions = [...itemsInRange(query, signal), ...(filter === undefined ? [] : [compileFilter(filter, signal)])];
  const columns = [
    `${steps === 1 ? '0' : indexOf(SIGNAL_COLUMNS[signal].nanos)} AS step`,
    ...by.map((key) => `${PROPERTIES[key][signal] ?? "''"} AS by_${key}`),
    `${bodies === true && signal === 'logs' ? 'length(Body)' : '0'} AS body`,
  ];
  const groups = ['step', ...by.map((key) => `by_${key}`)].join(', ');
  const text =
    `SELECT ${groups}, count() AS items, sum(body) AS bytes FROM ${itemsFrom(context, signal, columns, conditions)} ` +
    `GROUP BY ${groups} LIMIT ${limit + 1}`;
  const rows = await select(context, text);
  const groupsOfItems = new GroupReader();
  return rows.length > limit ? undefined : rows.map((row) => countOf(row, groupsOfItems));
}

function countOf(row: Row, groups: GroupReader): ItemCount {
  const resource = row['by_resource'];
  return {
    step: asNumber(row['step']),
    items: asNumber(row['items']),
    bodyBytes: asNumber(row['bytes']),
    service: asText(row['by_service']),
    name: asText(row['by_name']),
    kind: asText(row['by_kind']),
    statusCode: asText(row['by_status']),
    severityNumber: asNumber(row['by_severity']),
    severityText: asText(row['by_severityText']),
    resourceAttributes: typeof resource === 'string' ? groups.resource(resource).attributes : {},
    attributeKeys: asList(row['by_attributeKeys']).map(asText),
  };
}

/** Counts the calls between services: spans joined with their parents. */
export async function serviceCalls(context: ClickHouseContext, query: RangeQuery): Promise<readonly ServiceCalls[]> {
  if (query.end <= query.start) return [];
  const spans = (columns: string, id: string): string =>
    `SELECT ${columns} FROM ${tableOf(context, 'traces')} ` +
    where([...rangeOf(query), "ServiceName != ''", `${id} != ''`]);
  const text =
    'SELECT caller, called, count() AS calls FROM ' +
    `(${spans('TraceId AS trace, ParentSpanId AS id, toString(ServiceName) AS called', 'ParentSpanId')}) AS children ` +
    `INNER JOIN (${spans('TraceId AS trace, SpanId AS id, any(toString(ServiceName)) AS caller', 'SpanId')} GROUP BY TraceId, SpanId) AS parents ` +
    'USING (trace, id) WHERE caller != called GROUP BY caller, called ORDER BY caller, called';
  return (await select(context, text)).map((row) => ({
    caller: asText(row['caller']),
    called: asText(row['called']),
    calls: asNumber(row['calls']),
  }));
}

/** Returns the attribute keys in the range, most frequent first. */
export async function attributeKeys(
  context: ClickHouseContext,
  query: RangeQuery & { readonly signal: Signal; readonly limit: number },
): Promise<readonly FacetValue[]> {
  const { signal, limit } = query;
  if (signal === 'profiles' || query.end <= query.start) return [];
  const keys = [`mapKeys(${SIGNAL_COLUMNS[signal].attributes}) AS keys`];
  const text =
    `SELECT toString(key) AS value, sum(items) AS total FROM ` +
    `(SELECT keys, count() AS items FROM ${itemsFrom(context, signal, keys, itemsInRange(query, signal))} GROUP BY keys) ` +
    `ARRAY JOIN keys AS key GROUP BY value ORDER BY total DESC, value LIMIT ${limit}`;
  return (await select(context, text)).map((row) => ({ value: asText(row['value']), count: asNumber(row['total']) }));
}

/** Returns where a signal's telemetry is in relation to a range. */
export async function nearestData(
  context: ClickHouseContext,
  { tenant, signal, start, end: to }: RangeQuery & { readonly signal: Signal },
): Promise<NearestData> {
  if (signal === 'profiles') return { inRange: false, before: undefined, after: undefined };
  const end = to < start ? start : to;
  const [from, until] = [`nanos >= ${clamped(start)}`, `nanos < ${clamped(end)}`];
  const nanos = [`${SIGNAL_COLUMNS[signal].nanos} AS nanos`];
  const text =
    `SELECT countIf(${from} AND ${until}) AS items, maxIf(nanos, NOT ${from}) AS before, countIf(NOT ${from}) AS earlier, ` +
    `minIf(nanos, NOT ${until}) AS after, countIf(NOT ${until}) AS later FROM ${itemsFrom(context, signal, nanos, [ofTenant(tenant)])}`;
  const [row = {}] = await select(context, text);
  return {
    inRange: asNumber(row['items']) > 0,
    before: asNumber(row['earlier']) > 0 ? asBigInt(row['before']) : undefined,
    after: asNumber(row['later']) > 0 ? asBigInt(row['after']) : undefined,
  };
}
