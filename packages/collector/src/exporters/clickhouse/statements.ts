import { TABLES, type TableDefinition, type TableName, TRACE_TIMES } from './tables.ts';

/** Names and options of the tables in a database. */
export interface SchemaOptions {
  readonly database: string;
  readonly tables: Readonly<Record<TableName, string>>;
  /** Name of the cluster on which to create them. */
  readonly cluster: string;
  readonly engine: { readonly name: string; readonly params: string };
  /** Time after which rows expire. 0 means never. */
  readonly ttlMillis: number;
}

/** Returns the statements that create the database and the tables that do not exist yet. */
export function schemaStatements(
  names: readonly TableName[],
  options: SchemaOptions,
  hasTextIndex: boolean,
): readonly string[] {
  const { database, tables } = options;
  const cluster = clusterClause(options);
  const statements = database === 'default' ? [] : [`CREATE DATABASE IF NOT EXISTS ${quoted(database)}${cluster}`];
  for (const name of names) statements.push(createTable(tables[name], TABLES[name], options, hasTextIndex));
  if (names.includes('traces')) {
    const times = `${tables.traces}_trace_id_ts`;
    statements.push(createTable(times, TRACE_TIMES, options, hasTextIndex));
    statements.push(
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${pathOf(database, `${times}_mv`)}${cluster} TO ${pathOf(database, times)} ` +
        'AS SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End ' +
        `FROM ${pathOf(database, tables.traces)} WHERE TraceId != '' GROUP BY TraceId`,
    );
  }
  return statements;
}

/** Returns the statement that inserts rows of JSON, without the columns of `missing` and with further ones. */
export function insertStatement(
  name: TableName,
  { database, tables }: SchemaOptions,
  missing: ReadonlySet<string>,
  further: readonly string[] = [],
): string {
  const columns = TABLES[name].columns
    .filter((column) => column.materialized === undefined && !missing.has(column.name))
    .flatMap(({ name: columnName, type }) => insertedNames(columnName, type));
  return `INSERT INTO ${pathOf(database, tables[name])} (${[...columns, ...further].map(quoted).join(', ')}) FORMAT JSONEachRow`;
}

/** Returns the statement that lists the columns of a table. */
export function describeStatement(name: TableName, { database, tables }: SchemaOptions): string {
  return `DESC TABLE ${pathOf(database, tables[name])} FORMAT JSONEachRow`;
}

function createTable(name: string, table: TableDefinition, options: SchemaOptions, hasTextIndex: boolean): string {
  const { ttlMillis, database } = options;
  const columns = table.columns.map(({ name: columnName, type, codec, materialized }) =>
    [
      `${quoted(columnName)} ${type}`,
      ...(materialized === undefined ? [] : [`MATERIALIZED ${materialized}`]),
      ...(codec === undefined ? [] : [`CODEC(${codec})`]),
    ].join(' '),
  );
  const indexes = table.indexes(hasTextIndex).map(({ name: indexName, expression, type, granularity }) => {
    const suffix = granularity === undefined ? '' : ` GRANULARITY ${granularity}`;
    return `INDEX ${indexName} ${expression} TYPE ${type}${suffix}`;
  });
  return [
    `CREATE TABLE IF NOT EXISTS ${pathOf(database, name)}${clusterClause(options)} (`,
    [...columns, ...indexes].map((line) => `    ${line}`).join(',\n'),
    `) ENGINE = ${engineText(options)}`,
    `PARTITION BY ${table.partitionBy}`,
    `ORDER BY (${table.orderBy})`,
    ...(ttlMillis > 0 ? [`TTL toDateTime(${table.timeColumn}) + ${interval(ttlMillis)}`] : []),
    'SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1',
  ].join('\n');
}

/** Returns the engine of created tables. */
export function engineText({ engine }: SchemaOptions): string {
  return engine.name === '' ? 'MergeTree()' : `${engine.name}(${engine.params})`;
}

const UNITS = [
  ['Day', 86_400],
  ['Hour', 3_600],
  ['Minute', 60],
] as const;

function interval(millis: number): string {
  const seconds = Math.max(1, Math.floor(millis / 1000));
  const [unit, size] = UNITS.find(([, each]) => seconds % each === 0) ?? ['Second', 1];
  return `toInterval${unit}(${seconds / size})`;
}

/** Returns the columns of an insert: those of a nested type are columns of their own. */
function insertedNames(name: string, type: string): readonly string[] {
  const nested = /^Nested\((.*)\)$/.exec(type)?.[1];
  if (nested === undefined) return [name];
  return [...nested.matchAll(/(?:^|, )(\w+) (?:\w+)(?:\((?:[^()]|\([^()]*\))*\))?/g)].map(
    ([, part]) => `${name}.${part}`,
  );
}

/** Returns the clause that names the cluster. */
export function clusterClause({ cluster }: SchemaOptions): string {
  return cluster === '' ? '' : ` ON CLUSTER ${quoted(cluster)}`;
}

function pathOf(database: string, table: string): string {
  return `${quoted(database)}.${quoted(table)}`;
}

function quoted(identifier: string): string {
  return `\`${identifier.replace(/[\\`]/g, '\\$&')}\``;
}
