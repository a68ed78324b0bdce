import type { Signal } from '@otelier/otlp';

/**
 * The layout of a store in ClickHouse. The tables are those of the Collector's exporter, so that its dashboards and
 * queries work, with columns of our own, whose names begin with `__otelier_`:
 *
 * - `tenant`, and `values` and `resource_values`: the text of attributes that are not strings, by key. The Collector's
 *   columns have the text of all attributes, which does not say whether `5` is a number.
 * - `item`, `resource` and `scope`: the encoded item, and the fields of the groups that contain it. They are what was
 *   received, so that spans are returned and telemetry is exported as it was recorded.
 * - of metrics: `time_ns` and `start_ns`, because the Collector's columns have seconds; `series`, a hash of what
 *   identifies the series; and `metric` and `data`, the fields of the metric and of its data without the points.
 *
 * Rows that the Collector inserts belong to the default tenant. Their items are empty: `item-rows.ts` reads those rows
 * from the Collector's columns.
 */
export const ITEM_TABLES = ['traces', 'logs', 'gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

/** The tables with items. */
export type ItemTable = (typeof ITEM_TABLES)[number];

/** The tables with data points, which are named by the kinds of metrics. */
export type PointTable = Exclude<ItemTable, 'traces' | 'logs'>;
export const POINT_TABLES = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

/** Names of a database and its tables. */
export interface ClickHouseTables {
  readonly database: string;
  readonly tables: Readonly<Record<ItemTable, string>>;
}

export const TENANT = '__otelier_tenant';
/** Text of the attributes of the item that are not strings, by key. */
export const VALUES = '__otelier_values';
export const RESOURCE_VALUES = '__otelier_resource_values';
export const ITEM = '__otelier_item';
export const RESOURCE = '__otelier_resource';
export const SCOPE = '__otelier_scope';
export const TIME_NS = '__otelier_time_ns';
export const START_NS = '__otelier_start_ns';
export const SERIES = '__otelier_series';
export const METRIC = '__otelier_metric';
export const DATA = '__otelier_data';

/** Suffix of the columns through which inserts pass bytes, in hexadecimal because JSON has only text. */
export const HEX_SUFFIX = '_hex';

/** The columns of a signal that queries over all signals need. */
export interface SignalColumns {
  /** SQL for the time of an item in nanoseconds. */
  readonly nanos: string;
  readonly attributes: string;
}

/** The columns of each signal with items. */
export const SIGNAL_COLUMNS: Readonly<Record<Exclude<Signal, 'profiles'>, SignalColumns>> = {
  traces: { nanos: 'toUnixTimestamp64Nano(Timestamp)', attributes: 'SpanAttributes' },
  logs: { nanos: 'toUnixTimestamp64Nano(Timestamp)', attributes: 'LogAttributes' },
  metrics: { nanos: TIME_NS, attributes: 'Attributes' },
};
