import type { SqlColumn } from '../scraping/sql-rows.ts';

/** A query with the metrics of its columns. It runs only if one of them is collected. */
export interface MetricQuery {
  readonly name: string;
  readonly sql: string;
  readonly columns: readonly SqlColumn[];
  /** Columns that are attributes of the points, with the names of the attributes. */
  readonly labels?: readonly (readonly [column: string, attribute: string])[];
}

/** Lists the databases that accept connections. */
export const LIST_DATABASES = 'SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate';

/** Returns the major version of the server. */
export const MAJOR_VERSION = `SELECT current_setting('server_version_num')::int / 10000 AS major`;

/** Queries of the server, whose metrics belong to no database. */
export const SERVER_QUERIES: readonly MetricQuery[] = [
  {
    name: 'settings',
    sql: `SELECT current_setting('max_connections')::bigint AS connections`,
    columns: [['connections', 'postgresql.connection.max']],
  },
  {
    name: 'pg_stat_archiver',
    sql: `SELECT extract(epoch FROM now() - last_archived_time)::bigint AS age FROM pg_stat_archiver`,
    columns: [['age', 'postgresql.wal.age']],
  },
  {
    name: 'pg_stat_replication',
    sql: `SELECT coalesce(host(client_addr), 'unix') AS client,
            pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint AS pending,
            extract(epoch FROM write_lag)::float8 AS write_delay, extract(epoch FROM flush_lag)::float8 AS flush_delay,
            extract(epoch FROM replay_lag)::float8 AS replay_delay
          FROM pg_stat_replication`,
    columns: [
      ['pending', 'postgresql.replication.data_delay'],
      ...['write', 'flush', 'replay'].flatMap((operation): SqlColumn[] => [
        [`${operation}_delay`, 'postgresql.wal.delay', { operation }],
        [`${operation}_delay`, 'postgresql.wal.lag', { operation }],
      ]),
    ],
    labels: [['client', 'replication_client']],
  },
  {
    name: 'pg_locks',
    sql: `SELECT relname AS relation, mode, locktype AS lock_type, count(pid) AS locks
          FROM pg_locks JOIN pg_class ON pg_locks.relation = pg_class.oid GROUP BY 1, 2, 3`,
    columns: [['locks', 'postgresql.database.locks']],
    labels: [
      ['relation', 'relation'],
      ['mode', 'mode'],
      ['lock_type', 'lock_type'],
    ],
  },
];

const CHECKPOINT_COLUMNS: readonly SqlColumn[] = [
  ['allocated', 'postgresql.bgwriter.buffers.allocated'],
  ['cleaned', 'postgresql.bgwriter.buffers.writes', { source: 'bgwriter' }],
  ['backend', 'postgresql.bgwriter.buffers.writes', { source: 'backend' }],
  ['checkpoints', 'postgresql.bgwriter.buffers.writes', { source: 'checkpoints' }],
  ['backend_fsync', 'postgresql.bgwriter.buffers.writes', { source: 'backend_fsync' }],
  ['requested', 'postgresql.bgwriter.checkpoint.count', { type: 'requested' }],
  ['scheduled', 'postgresql.bgwriter.checkpoint.count', { type: 'scheduled' }],
  ['sync_time', 'postgresql.bgwriter.duration', { type: 'sync' }],
  ['write_time', 'postgresql.bgwriter.duration', { type: 'write' }],
  ['maxwritten', 'postgresql.bgwriter.maxwritten'],
];

/** Returns the query of the background writer, whose views version 17 has changed. */
export function backgroundWriterQuery(majorVersion: number): MetricQuery {
  const common = 'buffers_alloc AS allocated, buffers_clean AS cleaned, maxwritten_clean AS maxwritten';
  const sql =
    majorVersion < 17
      ? `SELECT ${common}, buffers_backend AS backend, buffers_backend_fsync AS backend_fsync,
           buffers_checkpoint AS checkpoints, checkpoints_req AS requested, checkpoints_timed AS scheduled,
           checkpoint_sync_time AS sync_time, checkpoint_write_time AS write_time FROM pg_stat_bgwriter`
      : `SELECT ${common}, buffers_written AS checkpoints, num_requested AS requested, num_timed AS scheduled,
           sync_time, write_time FROM pg_stat_bgwriter, pg_stat_checkpointer`;
  return { name: 'pg_stat_bgwriter', sql, columns: CHECKPOINT_COLUMNS };
}

/** Queries of databases, whose names are in the column `datname` and in `$1`. */
export const DATABASE_QUERIES: readonly MetricQuery[] = [
  {
    name: 'pg_stat_database',
    sql: 'SELECT * FROM pg_stat_database WHERE datname = ANY($1)',
    columns: [
      ['xact_commit', 'postgresql.commits'],
      ['xact_rollback', 'postgresql.rollbacks'],
      ['deadlocks', 'postgresql.deadlocks'],
      ['temp_files', 'postgresql.temp_files'],
      ['temp_bytes', 'postgresql.temp.io'],
      ['tup_updated', 'postgresql.tup_updated'],
      ['tup_returned', 'postgresql.tup_returned'],
      ['tup_fetched', 'postgresql.tup_fetched'],
      ['tup_inserted', 'postgresql.tup_inserted'],
      ['tup_deleted', 'postgresql.tup_deleted'],
      ['blks_hit', 'postgresql.blks_hit'],
      ['blks_read', 'postgresql.blks_read'],
    ],
  },
  {
    name: 'pg_stat_activity',
    sql: 'SELECT datname, count(*) AS backends FROM pg_stat_activity WHERE datname = ANY($1) GROUP BY datname',
    columns: [['backends', 'postgresql.backends']],
  },
  {
    name: 'pg_database_size',
    sql: 'SELECT datname, pg_database_size(datname) AS size FROM pg_database WHERE datname = ANY($1)',
    columns: [['size', 'postgresql.db_size']],
  },
  {
    name: 'pg_stat_database_conflicts',
    sql: 'SELECT * FROM pg_stat_database_conflicts WHERE datname = ANY($1)',
    columns: ['tablespace', 'lock', 'snapshot', 'bufferpin', 'deadlock'].map((type) => [
      `confl_${type}`,
      'postgresql.query.conflicts',
      { 'postgresql.conflict.type': type },
    ]),
  },
  {
    name: 'pg_stat_statements',
    sql: `SELECT datname, sum(total_exec_time) / 1000 AS seconds
          FROM pg_stat_statements JOIN pg_database ON dbid = pg_database.oid WHERE datname = ANY($1) GROUP BY datname`,
    columns: [['seconds', 'postgresql.query.execution.time']],
  },
];

/** Parts of a table: itself, its indexes, its large values and their index. A table without one has no number of it. */
const PARTS = ['heap', 'idx', 'toast', 'tidx'];

/** The query of tables. */
export const TABLE_QUERY: MetricQuery = {
  name: 'pg_stat_user_tables',
  sql: `SELECT *, pg_relation_size(relid) AS size,
          ${PARTS.flatMap((part) => [
            `coalesce(${part}_blks_read, 0) AS ${part}_read`,
            `coalesce(${part}_blks_hit, 0) AS ${part}_hit`,
          ]).join(', ')}
        FROM pg_stat_user_tables JOIN pg_statio_user_tables USING (relid, schemaname, relname)`,
  columns: [
    ['n_dead_tup', 'postgresql.rows', { state: 'dead' }],
    ['n_live_tup', 'postgresql.rows', { state: 'live' }],
    ['n_tup_ins', 'postgresql.operations', { operation: 'ins' }],
    ['n_tup_del', 'postgresql.operations', { operation: 'del' }],
    ['n_tup_upd', 'postgresql.operations', { operation: 'upd' }],
    ['n_tup_hot_upd', 'postgresql.operations', { operation: 'hot_upd' }],
    ['size', 'postgresql.table.size'],
    ['vacuum_count', 'postgresql.table.vacuum.count'],
    ['seq_scan', 'postgresql.sequential_scans'],
    ...PARTS.flatMap((part) => [`${part}_read`, `${part}_hit`]).map(
      (source): SqlColumn => [source, 'postgresql.blocks_read', { source }],
    ),
  ],
};

/** The query of indexes. */
export const INDEX_QUERY: MetricQuery = {
  name: 'pg_stat_user_indexes',
  sql: 'SELECT *, pg_relation_size(indexrelid) AS size FROM pg_stat_user_indexes',
  columns: [
    ['idx_scan', 'postgresql.index.scans'],
    ['size', 'postgresql.index.size'],
  ],
};

/** The query of functions. */
export const FUNCTION_QUERY: MetricQuery = {
  name: 'pg_stat_user_functions',
  sql: 'SELECT funcname, calls FROM pg_stat_user_functions',
  columns: [['calls', 'postgresql.function.calls']],
  labels: [['funcname', 'function']],
};
