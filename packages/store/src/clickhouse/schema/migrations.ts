import { quoteName } from '../shared/quote.ts';
import {
  type ClickHouseTables,
  DATA,
  HEX_SUFFIX,
  ITEM,
  ITEM_TABLES,
  type ItemTable,
  METRIC,
  RESOURCE,
  RESOURCE_VALUES,
  SCOPE,
  SERIES,
  START_NS,
  TENANT,
  TIME_NS,
  VALUES,
} from './layout.ts';

/** The table with the migrations that a database has. */
export const VERSION_TABLE = 'otelier_schema';
/** The version of the schema that this program reads and writes. */
export const CLICKHOUSE_SCHEMA_VERSION = 1;

/** Where tables are created, as the exporter is configured. */
export interface MigrationOptions extends ClickHouseTables {
  /** ` ON CLUSTER name`, or an empty string. */
  readonly onCluster: string;
  /** Engine of created tables, such as `MergeTree()`. */
  readonly engine: string;
}

/** A change of the schema. Its statements can be repeated, because the process can end between them. */
export interface Migration {
  readonly version: number;
  readonly statements: readonly string[];
}

/** Returns the statement that creates the table of versions. */
export function versionTable({ database, onCluster, engine }: MigrationOptions): string {
  return (
    `CREATE TABLE IF NOT EXISTS ${pathOf(database, VERSION_TABLE)}${onCluster} ` +
    `(version UInt32, applied DateTime DEFAULT now(), program String) ENGINE = ${engine} ORDER BY version`
  );
}

/** Returns the statement that reads the version of a database. */
export function readVersion({ database }: ClickHouseTables): string {
  return `SELECT max(version) FROM ${pathOf(database, VERSION_TABLE)}`;
}

/** Returns the statement that records a version. */
export function writeVersion({ database }: ClickHouseTables, version: number, program: string): string {
  const name = program.replace(/[^\w./-]/g, '');
  return `INSERT INTO ${pathOf(database, VERSION_TABLE)} (version, program) VALUES (${version}, '${name}')`;
}

/** Returns the migrations of a database, oldest first. */
export function migrations(options: MigrationOptions): readonly Migration[] {
  return [{ version: 1, statements: ITEM_TABLES.flatMap((table) => addColumns(table, options)) }];
}

const BYTES = 'String';
const VALUE_MAP = 'Map(LowCardinality(String), String)';

function addColumns(table: ItemTable, { database, tables, onCluster }: MigrationOptions): readonly string[] {
  const added = [
    // Tables of earlier versions of the Collector do not have it.
    ...(table === 'logs' ? ['EventName String CODEC(ZSTD(1))'] : []),
    `${TENANT} LowCardinality(String) DEFAULT 'default'`,
    `${VALUES} ${VALUE_MAP} CODEC(ZSTD(1))`,
    `${RESOURCE_VALUES} ${VALUE_MAP} CODEC(ZSTD(1))`,
    ...bytesColumn(ITEM),
    ...bytesColumn(RESOURCE),
    ...bytesColumn(SCOPE),
    ...(table === 'traces' || table === 'logs' ? [] : POINT_COLUMNS),
  ].map((definition) => `ADD COLUMN IF NOT EXISTS ${definition}`);
  return [`ALTER TABLE ${pathOf(database, tables[table])}${onCluster} ${added.join(', ')}`];
}

/** A column of bytes, which an insert passes as text. */
function bytesColumn(name: string): readonly string[] {
  return [
    `${name}${HEX_SUFFIX} String EPHEMERAL`,
    `${name} ${BYTES} DEFAULT unhex(${name}${HEX_SUFFIX}) CODEC(ZSTD(1))`,
  ];
}

/** The defaults are those of rows of the Collector. */
const POINT_COLUMNS: readonly string[] = [
  `${TIME_NS} Int64 DEFAULT toUnixTimestamp64Nano(toDateTime64(TimeUnix, 9)) CODEC(Delta, ZSTD(1))`,
  `${START_NS} Int64 DEFAULT toUnixTimestamp64Nano(toDateTime64(StartTimeUnix, 9)) CODEC(Delta, ZSTD(1))`,
  `${SERIES} UInt64 DEFAULT cityHash64(MetricName, ScopeName, ScopeVersion, ResourceAttributes, Attributes) CODEC(ZSTD(1))`,
  ...bytesColumn(METRIC),
  ...bytesColumn(DATA),
];

function pathOf(database: string, table: string): string {
  return `${quoteName(database)}.${quoteName(table)}`;
}
