import type { SqlTable } from '../../sql.ts';
import { pointsFrom } from '../metrics/points.ts';
import { RESOURCE_VALUES, SERIES, START_NS, TIME_NS, VALUES } from '../schema/layout.ts';
import { type ClickHouseContext, ofTenant, tableOf } from '../shared/context.ts';
import { DURATION, KIND, STATUS } from '../shared/fields.ts';
import { quoteName, quoteText } from '../shared/quote.ts';

/** A column of a relation: its name, type, and expression over the stored columns. */
type SqlColumn = readonly [name: string, type: string, expression: string];

const TEXT = 'String';
const NANOS = "DateTime64(9, 'UTC')";
const MAP = 'Map(String, String)';

const SPANS: readonly SqlColumn[] = [
  ['trace_id', TEXT, 'TraceId'],
  ['span_id', TEXT, 'SpanId'],
  ['parent_span_id', TEXT, 'ParentSpanId'],
  ['trace_state', TEXT, 'TraceState'],
  ['name', TEXT, 'toString(SpanName)'],
  ['kind', TEXT, KIND],
  ['start_time', NANOS, "toTimeZone(Timestamp, 'UTC')"],
  ['duration_ns', 'Int64', DURATION],
  ['status_code', TEXT, STATUS],
  ['status_message', TEXT, 'StatusMessage'],
  ['service_name', TEXT, 'toString(ServiceName)'],
  ['attributes', MAP, textsOf('SpanAttributes', VALUES)],
  ['resource_attributes', MAP, textsOf('ResourceAttributes', RESOURCE_VALUES)],
  ['scope_name', TEXT, 'ScopeName'],
  ['scope_version', TEXT, 'ScopeVersion'],
  ['event_names', 'Array(String)', "CAST(`Events.Name`, 'Array(String)')"],
  ['link_trace_ids', 'Array(String)', '`Links.TraceId`'],
];

const LOGS: readonly SqlColumn[] = [
  ['time', NANOS, "toTimeZone(Timestamp, 'UTC')"],
  ['severity_number', 'UInt8', 'SeverityNumber'],
  ['severity_text', TEXT, 'toString(SeverityText)'],
  ['body', TEXT, 'Body'],
  ['trace_id', TEXT, 'TraceId'],
  ['span_id', TEXT, 'SpanId'],
  ['event_name', TEXT, 'EventName'],
  ['service_name', TEXT, 'toString(ServiceName)'],
  ['attributes', MAP, textsOf('LogAttributes', VALUES)],
  ['resource_attributes', MAP, textsOf('ResourceAttributes', RESOURCE_VALUES)],
  ['scope_name', TEXT, 'ScopeName'],
  ['flags', 'UInt8', 'TraceFlags'],
];

const POINTS: readonly SqlColumn[] = [
  ['time', NANOS, `toTimeZone(fromUnixTimestamp64Nano(${TIME_NS}), 'UTC')`],
  ['start_time', NANOS, `toTimeZone(fromUnixTimestamp64Nano(${START_NS}), 'UTC')`],
  ['name', TEXT, 'toString(MetricName)'],
  ['description', TEXT, 'MetricDescription'],
  ['unit', TEXT, 'MetricUnit'],
  ['kind', TEXT, 'kind'],
  ['temporality', TEXT, "['UNSPECIFIED', 'DELTA', 'CUMULATIVE'][temporality + 1]"],
  ['is_monotonic', 'Bool', 'monotonic'],
  ['value', 'Float64', 'value'],
  ['count', 'Float64', "if(kind IN ('gauge', 'sum'), 0, total)"],
  ['service_name', TEXT, 'toString(ServiceName)'],
  ['attributes', MAP, textsOf('Attributes', VALUES)],
  ['resource_attributes', MAP, textsOf('ResourceAttributes', RESOURCE_VALUES)],
  ['scope_name', TEXT, 'ScopeName'],
  ['flags', 'UInt32', 'Flags'],
  ['series', 'UInt64', SERIES],
];

/** Names of stored columns that the columns of data points need. */
const POINT_SOURCES = [
  ...['value', 'total', 'monotonic', 'temporality', TIME_NS, START_NS, SERIES, 'MetricName', 'MetricDescription'],
  ...['MetricUnit', 'ServiceName', 'Attributes', VALUES, 'ResourceAttributes', RESOURCE_VALUES, 'ScopeName', 'Flags'],
];

/** SQL for the text of all attributes: of those that are not strings, the JSON that the store has. */
function textsOf(texts: string, values: string): string {
  const key = 'k -> toString(k)';
  const keys = `arrayMap(${key}, mapKeys(${texts}))`;
  const found = `arrayMap((k, v) -> if(${values}[k] != '', ${values}[k], v), mapKeys(${texts}), mapValues(${texts}))`;
  return `CAST((${keys}, ${found}), '${MAP}')`;
}

const RELATIONS = { spans: SPANS, logs: LOGS, metric_points: POINTS };

/** Returns the definitions of the relations of a tenant, for `WITH`. */
export function relationsOf(context: ClickHouseContext, tenant: string, tables: readonly SqlTable[]): string {
  const owned = ofTenant(tenant);
  const select = (columns: readonly SqlColumn[], from: string): string =>
    `(SELECT ${columns.map(([name, , expression]) => `${expression} AS ${name}`).join(', ')} FROM ${from})`;
  return [
    `spans AS ${select(SPANS, `${tableOf(context, 'traces')} WHERE ${owned}`)}`,
    `logs AS ${select(LOGS, `${tableOf(context, 'logs')} WHERE ${owned}`)}`,
    `metric_points AS ${select(POINTS, pointsFrom(context, POINT_SOURCES, [owned]))}`,
    ...tables.map((table) => `${quoteName(table.name)} AS (${rowsOf(table)})`),
  ].join(', ');
}

/**
 * Returns definitions of relations with the same columns that read no table, so that the tables of a statement are those
 * that it names itself.
 */
export function emptyRelations(tables: readonly SqlTable[]): string {
  const empty = (structure: string): string => `(SELECT * FROM null(${quoteText(structure)}))`;
  return [
    ...Object.entries(RELATIONS).map(
      ([name, columns]) => `${name} AS ${empty(columns.map(([column, type]) => `${column} ${type}`).join(', '))}`,
    ),
    ...tables.map((table) => `${quoteName(table.name)} AS ${empty(structureOf(table))}`),
  ].join(', ');
}

const TYPES = { VARCHAR: 'Nullable(String)', BIGINT: 'Nullable(Int64)', JSON: 'Nullable(String)' } as const;

function structureOf({ columns }: SqlTable): string {
  return columns.map(({ name, type }) => `${quoteName(name)} ${TYPES[type]}`).join(', ');
}

function rowsOf(table: SqlTable): string {
  const literal = (value: string | number | undefined): string =>
    value === undefined ? 'NULL' : typeof value === 'number' ? String(value) : quoteText(value);
  if (table.rows.length === 0) return `SELECT * FROM null(${quoteText(structureOf(table))})`;
  const rows = table.rows.map((row) => `(${table.columns.map((_, index) => literal(row[index])).join(', ')})`);
  return `SELECT * FROM values(${quoteText(structureOf(table))}, ${rows.join(', ')})`;
}
