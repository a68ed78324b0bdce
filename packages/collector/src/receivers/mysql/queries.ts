import type { SqlColumn } from '../scraping/sql-rows.ts';

/** A query, with the metrics of its columns, and the attributes that the other columns are. */
export interface MysqlQuery {
  readonly name: string;
  readonly sql: string;
  readonly columns: readonly SqlColumn[];
  readonly labels: readonly (readonly [column: string, attribute: string])[];
}

/** Lists the variables that count since the start of the server. */
export const STATUS = 'SHOW GLOBAL STATUS';

const SYSTEM_SCHEMAS = "('mysql', 'performance_schema')";

const TABLE: MysqlQuery['labels'] = [
  ['OBJECT_SCHEMA', 'schema'],
  ['OBJECT_NAME', 'table'],
];

const IO_OPERATIONS = ['delete', 'fetch', 'insert', 'update'];

function ioColumns(object: 'table' | 'index'): readonly SqlColumn[] {
  return IO_OPERATIONS.flatMap((operation): SqlColumn[] => [
    [`COUNT_${operation.toUpperCase()}`, `mysql.${object}.io.wait.count`, { operation }],
    [`TIME_${operation.toUpperCase()}`, `mysql.${object}.io.wait.time`, { operation }],
  ]);
}

/** Times of the performance schema are picoseconds. */
const IO_SELECTED = IO_OPERATIONS.map((operation) => operation.toUpperCase())
  .map((operation) => `COUNT_${operation}, FLOOR(SUM_TIMER_${operation} / 1000) AS TIME_${operation}`)
  .join(', ');

const LOCKS = {
  read: ['normal', 'with_shared_locks', 'high_priority', 'no_insert', 'external'],
  write: ['allow_write', 'concurrent_insert', 'low_priority', 'normal', 'external'],
};

const LOCK_KINDS = Object.entries(LOCKS).flatMap(([access, kinds]) =>
  kinds.map((kind) => ({ access, kind, column: `${access}_${kind}`.toUpperCase() })),
);

/** Queries that need no parameters, for the metrics that are not in `STATUS`. */
export const MYSQL_QUERIES: readonly MysqlQuery[] = [
  {
    name: 'innodb_buffer_pool_size',
    // In information_schema.innodb_metrics, which the Collector reads, MariaDB has the number of pages.
    sql: 'SELECT @@innodb_buffer_pool_size AS size',
    columns: [['size', 'mysql.buffer_pool.limit']],
    labels: [],
  },
  {
    name: 'TABLES',
    sql: `SELECT TABLE_SCHEMA AS OBJECT_SCHEMA, TABLE_NAME AS OBJECT_NAME, COALESCE(TABLE_ROWS, 0) AS TABLE_ROWS, COALESCE(AVG_ROW_LENGTH, 0) AS AVG_ROW_LENGTH, COALESCE(DATA_LENGTH, 0) AS DATA_LENGTH, COALESCE(INDEX_LENGTH, 0) AS INDEX_LENGTH FROM information_schema.TABLES WHERE TABLE_SCHEMA NOT IN ('information_schema', 'sys')`,
    columns: [
      ['TABLE_ROWS', 'mysql.table.rows'],
      ['AVG_ROW_LENGTH', 'mysql.table.average_row_length'],
      ['DATA_LENGTH', 'mysql.table.size', { kind: 'data' }],
      ['INDEX_LENGTH', 'mysql.table.size', { kind: 'index' }],
    ],
    labels: TABLE,
  },
  {
    name: 'table_io_waits_summary_by_table',
    sql: `SELECT OBJECT_SCHEMA, OBJECT_NAME, ${IO_SELECTED} FROM performance_schema.table_io_waits_summary_by_table WHERE OBJECT_SCHEMA NOT IN ${SYSTEM_SCHEMAS}`,
    columns: ioColumns('table'),
    labels: TABLE,
  },
  {
    name: 'table_io_waits_summary_by_index_usage',
    sql: `SELECT OBJECT_SCHEMA, OBJECT_NAME, COALESCE(INDEX_NAME, 'NONE') AS INDEX_NAME, ${IO_SELECTED} FROM performance_schema.table_io_waits_summary_by_index_usage WHERE OBJECT_SCHEMA NOT IN ${SYSTEM_SCHEMAS}`,
    columns: ioColumns('index'),
    labels: [...TABLE, ['INDEX_NAME', 'index']],
  },
  {
    name: 'table_lock_waits_summary_by_table',
    sql: `SELECT OBJECT_SCHEMA, OBJECT_NAME, ${LOCK_KINDS.map(({ column }) => `COUNT_${column}, FLOOR(SUM_TIMER_${column} / 1000) AS TIME_${column}`).join(', ')} FROM performance_schema.table_lock_waits_summary_by_table WHERE OBJECT_SCHEMA NOT IN ('mysql', 'performance_schema', 'information_schema')`,
    columns: LOCK_KINDS.flatMap(({ access, kind, column }): SqlColumn[] => [
      [`COUNT_${column}`, `mysql.table.lock_wait.${access}.count`, { kind }],
      [`TIME_${column}`, `mysql.table.lock_wait.${access}.time`, { kind }],
    ]),
    labels: TABLE,
  },
];

/** Bounds of the statements that are read. */
export interface StatementEvents {
  readonly digestTextLimit: number;
  /** Time since their last execution, in milliseconds. */
  readonly timeLimit: number;
  readonly limit: number;
}

/** Kinds of events, by their column. */
const EVENTS = {
  SUM_CREATED_TMP_DISK_TABLES: 'created_tmp_disk_tables',
  SUM_CREATED_TMP_TABLES: 'created_tmp_tables',
  SUM_ERRORS: 'errors',
  SUM_NO_INDEX_USED: 'no_index_used',
  SUM_ROWS_AFFECTED: 'rows_affected',
  SUM_ROWS_EXAMINED: 'rows_examined',
  SUM_ROWS_SENT: 'rows_sent',
  SUM_SORT_MERGE_PASSES: 'sort_merge_passes',
  SUM_SORT_ROWS: 'sort_rows',
  SUM_WARNINGS: 'warnings',
};

/** Returns the query for the statements that took most time. */
export function statementQuery({ digestTextLimit, timeLimit, limit }: StatementEvents): MysqlQuery {
  return {
    name: 'events_statements_summary_by_digest',
    sql: `SELECT SCHEMA_NAME, DIGEST, LEFT(DIGEST_TEXT, ${digestTextLimit}) AS DIGEST_TEXT, FLOOR(SUM_TIMER_WAIT / 1000) AS TIME_WAIT, ${Object.keys(EVENTS).join(', ')} FROM performance_schema.events_statements_summary_by_digest WHERE SCHEMA_NAME NOT IN ('mysql', 'performance_schema', 'information_schema') AND LAST_SEEN > DATE_SUB(NOW(), INTERVAL ${Math.floor(timeLimit / 1000)} SECOND) ORDER BY SUM_TIMER_WAIT DESC LIMIT ${limit}`,
    columns: [
      ['TIME_WAIT', 'mysql.statement_event.wait.time'],
      ...Object.entries(EVENTS).map(([column, kind]): SqlColumn => [column, 'mysql.statement_event.count', { kind }]),
    ],
    labels: [
      ['SCHEMA_NAME', 'schema'],
      ['DIGEST', 'digest'],
      ['DIGEST_TEXT', 'digest_text'],
    ],
  };
}

/** Returns the query for a replica, whose words MySQL 8.0.22 has changed. */
export function replicaQuery(version: string): MysqlQuery {
  const [, major = '0', minor = '0', patch = '0'] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  const number = Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch);
  const isOld = version.includes('MariaDB') || number < 8_000_022;
  return {
    name: 'replica status',
    sql: isOld ? 'SHOW SLAVE STATUS' : 'SHOW REPLICA STATUS',
    columns: [
      ['Seconds_Behind_Source', 'mysql.replica.time_behind_source'],
      ['Seconds_Behind_Master', 'mysql.replica.time_behind_source'],
      ['SQL_Delay', 'mysql.replica.sql_delay'],
    ],
    labels: [],
  };
}
