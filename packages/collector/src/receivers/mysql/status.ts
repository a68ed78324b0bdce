import type { Reading, ReadingAttributes } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import { sqlNumber } from '../scraping/sql-rows.ts';

type Field = readonly [metric: string, attributes?: ReadingAttributes];

/** Variables whose name, in lower case after a prefix, is the value of an attribute. */
const GROUPS: readonly (readonly [metric: string, attribute: string, prefix: string, names: string])[] = [
  [
    'mysql.buffer_pool.operations',
    'operation',
    'Innodb_buffer_pool_',
    'read_ahead_rnd read_ahead read_ahead_evicted read_requests reads wait_free write_requests',
  ],
  ['mysql.buffer_pool.pages', 'kind', 'Innodb_buffer_pool_pages_', 'data free misc'],
  ['mysql.commands', 'command', 'Com_', 'delete delete_multi insert select update update_multi'],
  [
    'mysql.connection.errors',
    'error',
    'Connection_errors_',
    'accept internal max_connections peer_address select tcpwrap',
  ],
  ['mysql.double_writes', 'kind', 'Innodb_dblwr_', 'pages_written writes'],
  [
    'mysql.handlers',
    'kind',
    'Handler_',
    'commit delete discover external_lock mrr_init prepare read_first read_key read_last read_next read_prev read_rnd read_rnd_next rollback savepoint savepoint_rollback update write',
  ],
  ['mysql.locks', 'kind', 'Table_locks_', 'immediate waited'],
  ['mysql.log_operations', 'operation', 'Innodb_log_', 'waits write_requests writes'],
  ['mysql.log_operations', 'operation', 'Innodb_os_log_', 'fsyncs'],
  ['mysql.mysqlx_connections', 'status', 'Mysqlx_connections_', 'accepted closed rejected'],
  ['mysql.operations', 'operation', 'Innodb_data_', 'fsyncs reads writes'],
  ['mysql.page_operations', 'operation', 'Innodb_pages_', 'created read written'],
  ['mysql.prepared_statements', 'command', 'Com_stmt_', 'execute close fetch prepare reset send_long_data'],
  ['mysql.row_locks', 'kind', 'Innodb_row_lock_', 'waits time'],
  ['mysql.row_operations', 'operation', 'Innodb_rows_', 'deleted inserted read updated'],
  ['mysql.sorts', 'kind', 'Sort_', 'merge_passes range rows scan'],
  ['mysql.threads', 'kind', 'Threads_', 'cached connected created running'],
  ['mysql.tmp_resources', 'resource', 'Created_tmp_', 'disk_tables files tables'],
];

/** Variables of SHOW GLOBAL STATUS, with their metrics. */
const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ...GROUPS.flatMap(([metric, attribute, prefix, names]) =>
    names.split(' ').map((name): [string, Field] => [`${prefix}${name}`, [metric, { [attribute]: name }]]),
  ),
  ['Aborted_clients', ['mysql.connection.errors', { error: 'aborted_clients' }]],
  ['Aborted_connects', ['mysql.connection.errors', { error: 'aborted' }]],
  ['Bytes_received', ['mysql.client.network.io', { kind: 'received' }]],
  ['Bytes_sent', ['mysql.client.network.io', { kind: 'sent' }]],
  ['Connections', ['mysql.connection.count']],
  ['Innodb_buffer_pool_pages_flushed', ['mysql.buffer_pool.page_flushes']],
  ['Locked_connects', ['mysql.connection.errors', { error: 'locked' }]],
  ['Max_used_connections', ['mysql.max_used_connections']],
  ['Mysqlx_worker_threads', ['mysql.mysqlx_worker_threads', { kind: 'available' }]],
  ['Mysqlx_worker_threads_active', ['mysql.mysqlx_worker_threads', { kind: 'active' }]],
  ['Opened_files', ['mysql.opened_resources', { kind: 'file' }]],
  ['Opened_table_definitions', ['mysql.opened_resources', { kind: 'table_definition' }]],
  ['Opened_tables', ['mysql.opened_resources', { kind: 'table' }]],
  ['Queries', ['mysql.query.count']],
  ['Questions', ['mysql.query.client.count']],
  ['Select_full_join', ['mysql.joins', { kind: 'full' }]],
  ['Select_full_range_join', ['mysql.joins', { kind: 'full_range' }]],
  ['Select_range', ['mysql.joins', { kind: 'range' }]],
  ['Select_range_check', ['mysql.joins', { kind: 'range_check' }]],
  ['Select_scan', ['mysql.joins', { kind: 'scan' }]],
  ['Slow_queries', ['mysql.query.slow.count']],
  ['Table_open_cache_hits', ['mysql.table_open_cache', { status: 'hit' }]],
  ['Table_open_cache_misses', ['mysql.table_open_cache', { status: 'miss' }]],
  ['Table_open_cache_overflows', ['mysql.table_open_cache', { status: 'overflow' }]],
  ['Uptime', ['mysql.uptime']],
]);

/** A difference below 0 appears as a number near 2^64 (MySQL's bug 59550), which the Collector leaves out too. */
const MAY_OVERFLOW = 'Innodb_buffer_pool_pages_misc';

const MAX_VALUE = 2n ** 63n - 1n;

/** Returns the readings of SHOW GLOBAL STATUS. Values that are no numbers are reported. */
export function readStatus(variables: ReadonlyMap<string, string>, fail: ReportFailure): readonly Reading[] {
  const numberOf = (name: string): number | bigint | undefined => {
    const text = variables.get(name);
    if (text === undefined) return undefined;
    const value = sqlNumber(text);
    if (value !== undefined && value <= MAX_VALUE) return value;
    if (name !== MAY_OVERFLOW) fail(`${name}: expected a number below 2^63, got ${JSON.stringify(text.slice(0, 40))}`);
    return undefined;
  };
  const readings: Reading[] = [];
  for (const name of variables.keys()) {
    const field = FIELDS.get(name);
    const value = field && numberOf(name);
    if (field !== undefined && value !== undefined)
      readings.push({ metric: field[0], value, attributes: field[1] ?? {} });
  }
  const addShares = (metric: string, what: 'pages' | 'bytes'): void => {
    const dirty = numberOf(`Innodb_buffer_pool_${what}_dirty`);
    const data = numberOf(`Innodb_buffer_pool_${what}_data`);
    if (dirty === undefined) return;
    readings.push({ metric, value: dirty, attributes: { status: 'dirty' } });
    if (data === undefined) return;
    readings.push({ metric, value: BigInt(data) - BigInt(dirty), attributes: { status: 'clean' } });
  };
  addShares('mysql.buffer_pool.data_pages', 'pages');
  addShares('mysql.buffer_pool.usage', 'bytes');
  return readings;
}
