import type { Signal } from '@otelier/otlp';
import { ATTRIBUTES_MAP, attributeColumn, COLUMNS, type ColumnType } from '../../schema.ts';
import type { Files } from '../shared/files.ts';
import { quoteName, quoteText } from '../shared/quote.ts';
import { attributeText, promotedJson } from './attribute-sql.ts';

/** The signal stored in each SQL relation. */
export const RELATIONS = { spans: 'traces', logs: 'logs', metric_points: 'metrics' } as const satisfies Readonly<
  Record<string, Signal>
>;
export type RelationName = keyof typeof RELATIONS;
export const RELATION_NAMES = Object.keys(RELATIONS) as readonly RelationName[];

/** Visible columns of each relation: name and expression over the stored columns. `attributes` is added separately. */
const SHOWN: Readonly<Record<RelationName, readonly (readonly [string, string])[]>> = {
  spans: [
    ['trace_id', 'trace_id'],
    ['span_id', 'lower(hex(span_id))'],
    ['parent_span_id', 'lower(hex(parent_span_id))'],
    ['trace_state', 'trace_state'],
    ['name', 'name'],
    ['kind', 'kind'],
    ['start_time', 'start_time'],
    ['duration_ns', 'duration_ns'],
    ['status_code', 'status_code'],
    ['status_message', 'status_message'],
    ['service_name', 'service_name'],
    ['resource_attributes', 'resource_attributes::JSON'],
    ['scope_name', 'scope_name'],
    ['scope_version', 'scope_version'],
    ['events', 'events::JSON'],
    ['links', 'links::JSON'],
    ['dropped_attributes_count', 'dropped_attributes_count'],
    ['dropped_events_count', 'dropped_events_count'],
    ['dropped_links_count', 'dropped_links_count'],
    ['flags', 'flags'],
  ],
  logs: [
    ['time', 'time'],
    ['observed_time', 'observed_time'],
    ['severity_number', 'severity_number'],
    ['severity_text', 'severity_text'],
    ['body', 'body'],
    ['trace_id', 'trace_id'],
    ['span_id', 'lower(hex(span_id))'],
    ['event_name', 'event_name'],
    ['service_name', 'service_name'],
    ['resource_attributes', 'resource_attributes::JSON'],
    ['scope_name', 'scope_name'],
    ['scope_version', 'scope_version'],
    ['dropped_attributes_count', 'dropped_attributes_count'],
    ['flags', 'flags'],
  ],
  metric_points: [
    ['time', 'time'],
    ['start_time', 'start_time'],
    ['name', 'name'],
    ['description', 'description'],
    ['unit', 'unit'],
    ['kind', 'kind'],
    ['temporality', 'temporality'],
    ['is_monotonic', 'is_monotonic'],
    ['value', 'coalesce(value_double, value_int::DOUBLE)'],
    ['count', 'count'],
    ['sum', 'sum'],
    ['min', 'min'],
    ['max', 'max'],
    ['explicit_bounds', 'explicit_bounds::JSON'],
    ['bucket_counts', 'bucket_counts::JSON'],
    ['scale', 'scale'],
    ['zero_count', 'zero_count'],
    ['zero_threshold', 'zero_threshold'],
    ['positive', 'positive::JSON'],
    ['negative', 'negative::JSON'],
    ['quantiles', 'quantiles::JSON'],
    ['exemplars', 'exemplars::JSON'],
    ['service_name', 'service_name'],
    ['resource_attributes', 'resource_attributes::JSON'],
    ['scope_name', 'scope_name'],
    ['scope_version', 'scope_version'],
    ['flags', 'flags'],
    ['series', 'series'],
  ],
};

/** Returns the statement that creates a relation's view on a connection. */
export function relationView(name: RelationName, files: Files): string {
  return viewOf(name, name, files, []);
}

/**
 * Returns the statement that creates a view of the same relation, named `shortcutRelation`, with additional columns
 * named by `shortcutColumn`. They replace `attributes->>'key'` without building a JSON object per row.
 */
export function shortcutView(name: RelationName, files: Files, keys: readonly string[]): string {
  const columns = keys.map((key) => `${attributeText(key, files)} AS ${quoteName(shortcutColumn(key))}`);
  return viewOf(quoteName(shortcutRelation(name)), name, files, columns);
}

function viewOf(view: string, name: RelationName, files: Files, further: readonly string[]): string {
  const source = files.isEmpty ? emptySource(RELATIONS[name]) : files.relation;
  const columns = [
    ...SHOWN[name].map(([column, expression]) => `${expression} AS ${column}`),
    `${attributesJson(files)} AS attributes`,
    ...further,
  ];
  return `CREATE TEMP VIEW ${view} AS SELECT ${columns.join(', ')} FROM ${source}`;
}

/** Returns a name that user statements cannot contain. */
export function shortcutRelation(name: string): string {
  return `${name} with attributes`;
}

/** Returns the name that DuckDB gives the unnamed column `attributes->>'key'`. */
export function shortcutColumn(key: string): string {
  return `(attributes ->> ${quoteText(key)})`;
}

/** Returns SQL for all of a row's attributes as one JSON object. */
function attributesJson(files: Files): string {
  const promoted = [...files.promoted].flatMap(([key, types]) => {
    const name = quoteText(`${JSON.stringify(key)}:`);
    return types.map((type) => `${name} || ${promotedJson(quoteName(attributeColumn(key, type)), type)}`);
  });
  const inMap =
    `nullif(array_to_string(list_transform(map_entries(${ATTRIBUTES_MAP}), ` +
    `lambda e: to_json(e.key) || ':' || e.value), ','), '')`;
  return `('{' || concat_ws(',', ${[...promoted, inMap].join(', ')}) || '}')::JSON`;
}

const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  bytes: 'BLOB',
  id8: 'BLOB',
  time: 'TIMESTAMP_NS',
  int64: 'BIGINT',
  int32: 'INTEGER',
  uint32: 'UINTEGER',
  double: 'DOUBLE',
  bool: 'BOOLEAN',
  map: 'MAP(VARCHAR, VARCHAR)',
};

/** Returns an empty relation with the columns of a signal's files. */
function emptySource(signal: Signal): string {
  const columns = Object.entries(COLUMNS[signal]).map(
    ([name, type]) => `NULL::${SQL_TYPES[type]} AS ${quoteName(name)}`,
  );
  return `(SELECT ${columns.join(', ')} WHERE false)`;
}
