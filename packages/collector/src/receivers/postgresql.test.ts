import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { startPostgresql, type TestResult } from './postgresql/postgresql-server.testing.ts';
import { postgresql } from './postgresql.ts';
import { readingError, readOnce, startReading, valuesOf } from './scraping/scraping.testing.ts';

const LOGIN = { username: 'monitor', password: 'secret', tls: { insecure: true } };
receiverContract(postgresql, { config: { endpoint: '127.0.0.1:1', ...LOGIN }, silent: true });

const INT8 = 20;
const TEXT = 25;

function table(rows: readonly Readonly<Record<string, string | null>>[]): TestResult {
  const names = Object.keys(rows[0] ?? {});
  const columns = names.map((name) => [name, /name|client|mode|lock_type|relation/.test(name) ? TEXT : INT8] as const);
  return { columns, rows: rows.map((row) => Object.values(row)) };
}

const EMPTY: TestResult = { columns: [], rows: [] };

/** A server with the databases `shop`, which has a table, and `empty`. */
function respond(database: string, sql: string): TestResult {
  if (/FROM pg_database WHERE datallowconn/.test(sql)) return table([{ datname: 'shop' }, { datname: 'empty' }]);
  if (/FROM pg_stat_database WHERE/.test(sql))
    return table([
      { datname: 'shop', xact_commit: '9007199254740993', xact_rollback: '2' },
      { datname: 'gone', xact_commit: '1', xact_rollback: '1' },
    ]);
  if (/pg_database_size/.test(sql)) return table([{ datname: 'empty', size: '8000' }]);
  if (/server_version_num/.test(sql)) return table([{ major: '17' }]);
  if (/pg_stat_checkpointer/.test(sql)) return table([{ allocated: '7', requested: '1', sync_time: '12' }]);
  if (/max_connections/.test(sql)) return table([{ connections: '100' }]);
  if (/pg_stat_archiver/.test(sql)) return table([{ age: null }]);
  if (/pg_stat_replication/.test(sql))
    return table([{ client: '10.0.0.2', pending: '512', write_delay: '3', flush_delay: null, replay_delay: '5' }]);
  if (database !== 'shop') return EMPTY;
  if (/pg_stat_user_tables/.test(sql))
    return table([{ schemaname: 'public', relname: 'orders', n_live_tup: '45', n_dead_tup: '5', heap_read: '3' }]);
  if (/pg_stat_user_indexes/.test(sql))
    return table([{ schemaname: 'public', relname: 'orders', indexrelname: 'orders_pkey', idx_scan: '4', size: '16' }]);
  return EMPTY;
}

test('reads the server, its databases, tables and indexes', async (t) => {
  const { endpoint, statements } = await startPostgresql(t, respond);
  const metrics = { 'postgresql.wal.delay': { enabled: true } };
  const lines = await readOnce(t, postgresql, { endpoint, ...LOGIN, metrics });
  const shop = 'postgresql.database.name=shop';
  const orders = `{${shop},postgresql.table.name=public.orders}`;
  assert.deepEqual(
    lines,
    [
      `{${shop},postgresql.index.name=orders_pkey,postgresql.table.name=orders} postgresql.index.scans counter {scans} {} int 4`,
      `{${shop},postgresql.index.name=orders_pkey,postgresql.table.name=orders} postgresql.index.size gauge By {} int 16`,
      `${orders} postgresql.blocks_read counter 1 {source=heap_read} int 3`,
      `${orders} postgresql.rows sum 1 {state=dead} int 5`,
      `${orders} postgresql.rows sum 1 {state=live} int 45`,
      `{${shop}} postgresql.commits counter 1 {} int 9007199254740993`,
      `{${shop}} postgresql.rollbacks counter 1 {} int 2`,
      `{${shop}} postgresql.table.count sum {table} {} int 1`,
      '{postgresql.database.name=empty} postgresql.db_size sum By {} int 8000',
      '{postgresql.database.name=empty} postgresql.table.count sum {table} {} int 0',
      '{} postgresql.bgwriter.buffers.allocated counter {buffers} {} int 7',
      '{} postgresql.bgwriter.checkpoint.count counter {checkpoints} {type=requested} int 1',
      '{} postgresql.bgwriter.duration counter ms {type=sync} double 12',
      '{} postgresql.connection.max gauge {connections} {} int 100',
      '{} postgresql.database.count sum {databases} {} int 2',
      '{} postgresql.replication.data_delay gauge By {replication_client=10.0.0.2} int 512',
      '{} postgresql.wal.delay gauge s {operation=replay,replication_client=10.0.0.2} double 5',
      '{} postgresql.wal.delay gauge s {operation=write,replication_client=10.0.0.2} double 3',
    ].sort(),
  );
  assert.ok(!statements.some((sql) => /pg_locks|pg_stat_user_functions|pg_stat_statements/.test(sql)));
});

test('reads chosen databases, with the schema as an attribute', async (t) => {
  const { endpoint, statements } = await startPostgresql(t, respond);
  const lines = await readOnce(t, postgresql, {
    endpoint,
    ...LOGIN,
    databases: ['shop', 'empty'],
    exclude_databases: ['empty'],
    resource_attributes: { 'postgresql.schema.name': { enabled: true } },
  });
  assert.ok(!statements.some((sql) => /datallowconn/.test(sql)));
  assert.ok(!lines.some((line) => /=empty/.test(line)));
  const rows = lines.find((line) => line.includes(' postgresql.rows ')) ?? '';
  assert.match(rows, /postgresql.schema.name=public,postgresql.table.name=orders/);
  assert.deepEqual(valuesOf(lines, 'postgresql.database.count'), [
    'postgresql.database.count sum {databases} {} int 1',
  ]);
});

test('reports what cannot be read, and reads the rest', async (t) => {
  const { endpoint } = await startPostgresql(t, (database, sql, socket) => {
    if (database === 'empty') return void socket.destroy();
    return /pg_stat_activity/.test(sql) ? 'permission denied' : respond(database, sql);
  });
  const bench = await startReading(t, postgresql, { endpoint, ...LOGIN });
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.match(bench.error() ?? '', /^PostgreSQL: pg_stat_activity: permission denied; database empty: /);
  assert.equal(bench.received.length, 1);
});

test('reports a server that cannot be read at all, without the password', async (t) => {
  const { endpoint } = await startPostgresql(t, () => 'no pg_hba.conf entry');
  assert.match(await readingError(t, postgresql, { endpoint, ...LOGIN }), /no pg_hba.conf entry/);
  const error = await readingError(t, postgresql, { endpoint: '127.0.0.1:1', ...LOGIN });
  assert.match(error, /ECONNREFUSED/);
  assert.doesNotMatch(error, /secret/);
});

test('gives up at the timeout, with the connection, and stops during a reading', async (t) => {
  let closed = 0;
  const { endpoint, statements } = await startPostgresql(t, (_, __, socket) => {
    socket.once('close', () => (closed += 1));
    return undefined;
  });
  const bench = await startReading(t, postgresql, { endpoint, ...LOGIN, timeout: '2s', collection_interval: '5s' });
  while (statements.length === 0) await bench.clock.advance(0);
  await bench.clock.advance(2000);
  while (bench.error() === undefined || closed === 0) await bench.clock.advance(0);
  assert.equal(bench.error(), 'PostgreSQL: not read after 2000 ms');
  while (statements.length < 2) await bench.clock.advance(100);
  await bench.service.drain();
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ password: 'a' }, /username/],
    [{ ...LOGIN, password: '' }, /password: expected a password/],
    [{ ...LOGIN, endpoint: 'nowhere' }, /endpoint: expected host:port/],
    [{ ...LOGIN, endpoint: '/run', transport: 'unix' }, /endpoint: expected the directory of the socket and the port/],
    [{ ...LOGIN, top_query_collection: { enabled: true } }, /top_query_collection: expected nothing here/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(postgresql, { config }), message);
});
