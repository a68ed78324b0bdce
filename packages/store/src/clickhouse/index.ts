/** A store whose telemetry is in ClickHouse. */
export { type ClickHouseConnection, ClickHouseError, type ClickHouseStatement } from './connection.ts';
export { ADDED_COLUMNS, ADDED_POINT_COLUMNS, ItemColumns } from './encode/item-columns.ts';
export type { ClickHouseTables, ItemTable } from './schema/layout.ts';
export {
  CLICKHOUSE_SCHEMA_VERSION,
  type MigrationOptions,
  migrations,
  readVersion,
  versionTable,
  writeVersion,
} from './schema/migrations.ts';
export type { ClickHouseLimits } from './shared/context.ts';
export { type ClickHouseStoreOptions, createClickHouseStore } from './store.ts';
