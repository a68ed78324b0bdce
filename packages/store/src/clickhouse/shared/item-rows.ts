import type { PartColumns } from '../decode/rebuild.ts';
import { DATA, ITEM, type ItemTable, METRIC, RESOURCE, SCOPE, START_NS, TIME_NS } from '../schema/layout.ts';
import { type ClickHouseContext, NANOS, tableOf, where } from './context.ts';
import { DURATION, KIND, STATUS } from './fields.ts';

/** A part of an item as text, from which `bytesOf` returns its encoded bytes. */
type ItemPart = 'item' | 'resource' | 'scope' | 'metric' | 'data';

const STORED: Readonly<Record<ItemPart, string>> = {
  item: ITEM,
  resource: RESOURCE,
  scope: SCOPE,
  metric: METRIC,
  data: DATA,
};

/**
 * Returns the rows of a table as a relation with these columns, which can be parts of items: `item`, `resource` and
 * `scope`, and of data points `metric` and `data`. They are read from the columns of the store, or, in rows that other
 * programs have inserted, from those of the Collector. Two queries, so that the Collector's columns are not read of the
 * rows that do not need them.
 */
export function itemRows(
  context: ClickHouseContext,
  table: ItemTable,
  columns: readonly string[],
  conditions: readonly string[],
): string {
  return `(${itemQueries(context, table, columns, conditions).join(' UNION ALL ')})`;
}

/** Returns the two queries of `itemRows`. */
export function itemQueries(
  context: ClickHouseContext,
  table: ItemTable,
  columns: readonly string[],
  conditions: readonly string[],
): readonly string[] {
  const isPoint = table !== 'traces' && table !== 'logs';
  const empty = [SCOPE, RESOURCE, ITEM, ...(isPoint ? [METRIC] : [])].map((column) => `empty(${column})`);
  const query = (partOf: (part: ItemPart) => string, further: readonly string[]): string => {
    const selected = columns.map((column) => (isPart(column) ? `${partOf(column)} AS ${column}` : column));
    return `SELECT ${selected.join(', ')} FROM ${tableOf(context, table)} ${where([...conditions, ...further])}`;
  };
  return [
    query((part) => `hex(${STORED[part]})`, [`NOT (${empty.join(' AND ')})`]),
    query((part) => columnsText(part, table), empty),
  ];
}

/** SQL for the resource of an item of a table, or of data points of any kind. */
export function resourceText(signal: 'traces' | 'logs' | 'metrics'): string {
  const columns = columnsText('resource', signal === 'metrics' ? 'gauge' : signal);
  return `if(empty(${RESOURCE}), ${columns}, hex(${RESOURCE}))`;
}

function isPart(column: string): column is ItemPart {
  return Object.hasOwn(STORED, column);
}

/** SQL for the Collector's columns of a part, as JSON. */
function columnsText(part: ItemPart, table: ItemTable): string {
  const of = part === 'item' ? table : part;
  const members = Object.entries(part === 'item' ? ITEM_COLUMNS[table] : GROUP_COLUMNS[part](table));
  const texts = members.map(([name, sql]) => `',"${name}":', toJSONString(${sql})`);
  return `concat(${[`'{"of":"${of}"'`, ...texts, "'}'"].join(', ')})`;
}

type SqlOf<Columns> = { readonly [Name in keyof Columns]: string };

const POINT = { time: TIME_NS, start: START_NS, attributes: 'Attributes', flags: 'Flags' };
const EXEMPLARS = {
  exemplarTimes: 'arrayMap(t -> toUnixTimestamp64Nano(toDateTime64(t, 9)), `Exemplars.TimeUnix`)',
  exemplarValues: '`Exemplars.Value`',
  exemplarSpanIds: '`Exemplars.SpanId`',
  exemplarTraceIds: '`Exemplars.TraceId`',
  exemplarAttributes: '`Exemplars.FilteredAttributes`',
};
const NUMBER = { ...POINT, value: 'Value', ...EXEMPLARS };
const DISTRIBUTION = { ...POINT, count: 'Count', sum: 'Sum' };
const LIMITS = { min: 'Min', max: 'Max' };

const ITEM_COLUMNS: { readonly [Table in ItemTable]: SqlOf<PartColumns[Table]> } = {
  traces: {
    traceId: 'TraceId',
    spanId: 'SpanId',
    parentSpanId: 'ParentSpanId',
    traceState: 'TraceState',
    name: 'SpanName',
    kind: KIND,
    start: NANOS,
    duration: DURATION,
    attributes: 'SpanAttributes',
    statusCode: STATUS,
    statusMessage: 'StatusMessage',
    eventTimes: 'arrayMap(t -> toUnixTimestamp64Nano(t), `Events.Timestamp`)',
    eventNames: '`Events.Name`',
    eventAttributes: '`Events.Attributes`',
    linkTraceIds: '`Links.TraceId`',
    linkSpanIds: '`Links.SpanId`',
    linkTraceStates: '`Links.TraceState`',
    linkAttributes: '`Links.Attributes`',
  },
  logs: {
    time: NANOS,
    severityNumber: 'SeverityNumber',
    severityText: 'SeverityText',
    body: 'Body',
    attributes: 'LogAttributes',
    flags: 'TraceFlags',
    traceId: 'TraceId',
    spanId: 'SpanId',
    eventName: 'EventName',
  },
  gauge: NUMBER,
  sum: NUMBER,
  histogram: { ...DISTRIBUTION, bucketCounts: 'BucketCounts', bounds: 'ExplicitBounds', ...EXEMPLARS, ...LIMITS },
  exponentialHistogram: {
    ...DISTRIBUTION,
    scale: 'Scale',
    zeroCount: 'ZeroCount',
    positiveOffset: 'PositiveOffset',
    positiveCounts: 'PositiveBucketCounts',
    negativeOffset: 'NegativeOffset',
    negativeCounts: 'NegativeBucketCounts',
    ...EXEMPLARS,
    ...LIMITS,
  },
  summary: {
    ...DISTRIBUTION,
    quantiles: '`ValueAtQuantiles.Quantile`',
    quantileValues: '`ValueAtQuantiles.Value`',
  },
};

type GroupPart = Exclude<ItemPart, 'item'>;

const GROUP_COLUMNS: { readonly [Part in GroupPart]: (table: ItemTable) => SqlOf<PartColumns[Part]> } = {
  resource: (table) => ({
    attributes: 'ResourceAttributes',
    service: 'ServiceName',
    ...(table !== 'traces' && { schemaUrl: 'ResourceSchemaUrl' }),
  }),
  scope: (table) => ({
    name: 'ScopeName',
    version: 'ScopeVersion',
    ...(table !== 'traces' && { attributes: 'ScopeAttributes', schemaUrl: 'ScopeSchemaUrl' }),
    ...(table !== 'traces' && table !== 'logs' && { droppedAttributesCount: 'ScopeDroppedAttrCount' }),
  }),
  metric: () => ({ name: 'MetricName', description: 'MetricDescription', unit: 'MetricUnit' }),
  data: (table) => ({
    ...(table !== 'gauge' && table !== 'summary' && { temporality: 'AggregationTemporality' }),
    ...(table === 'sum' && { isMonotonic: 'IsMonotonic' }),
  }),
};
