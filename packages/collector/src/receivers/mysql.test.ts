import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { type MysqlResult, startMysql } from './mysql/mysql-server.testing.ts';
import { mysql } from './mysql.ts';
import { readingError, readOnce, startReading } from './scraping/scraping.testing.ts';

receiverContract(mysql, { config: { endpoint: '127.0.0.1:1' }, silent: true });

function statusOf(variables: Readonly<Record<string, string>>): MysqlResult {
  return Object.entries(variables).map(([Variable_name, Value]) => ({ Variable_name, Value }));
}

const STATUS = statusOf({
  Aborted_connects: '2',
  Com_delete_multi: '3',
  Connection_errors_accept: '4',
  Handler_read_rnd_next: '5',
  Innodb_buffer_pool_bytes_data: '1000',
  Innodb_buffer_pool_bytes_dirty: '100',
  Innodb_buffer_pool_pages_data: '10',
  Innodb_buffer_pool_pages_dirty: '1',
  Innodb_buffer_pool_pages_misc: '18446744073709551615',
  Innodb_os_log_fsyncs: '6',
  Table_locks_waited: '7',
  Unknown_variable: 'text',
  Uptime: '3600',
});

/** Metrics that are collected besides. */
function enabled(...names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, { enabled: true }]));
}

const NO_QUERIES = Object.fromEntries(
  ['buffer_pool.limit', 'table.io.wait.count', 'table.io.wait.time', 'index.io.wait.count', 'index.io.wait.time'].map(
    (name) => [`mysql.${name}`, { enabled: false }],
  ),
);

test('reads the status, without metrics that are not wanted', async (t) => {
  const { endpoint, statements, users } = await startMysql(t, () => STATUS);
  const metrics = { ...NO_QUERIES, ...enabled('mysql.commands', 'mysql.connection.errors') };
  const lines = await readOnce(t, mysql, { endpoint, username: 'monitor', password: 'secret', metrics });
  assert.deepEqual(statements, ['SHOW GLOBAL STATUS']);
  assert.deepEqual(users, ['monitor']);
  assert.deepEqual(
    lines.map((line) => line.replace(`{mysql.instance.endpoint=${endpoint}} `, '')),
    [
      'mysql.buffer_pool.data_pages sum 1 {status=clean} int 9',
      'mysql.buffer_pool.data_pages sum 1 {status=dirty} int 1',
      'mysql.buffer_pool.pages sum 1 {kind=data} int 10',
      'mysql.buffer_pool.usage sum By {status=clean} int 900',
      'mysql.buffer_pool.usage sum By {status=dirty} int 100',
      'mysql.commands counter 1 {command=delete_multi} int 3',
      'mysql.connection.errors counter 1 {error=aborted} int 2',
      'mysql.connection.errors counter 1 {error=accept} int 4',
      'mysql.handlers counter 1 {kind=read_rnd_next} int 5',
      'mysql.locks counter 1 {kind=waited} int 7',
      'mysql.log_operations counter 1 {operation=fsyncs} int 6',
      'mysql.uptime counter s {} int 3600',
    ],
  );
});

test('reads a replica with the words of its version, and statements within bounds', async (t) => {
  const versions = { '8.0.36': 'REPLICA', '8.0.21-log': 'SLAVE', '5.5.5-10.11.6-MariaDB': 'SLAVE' };
  for (const [version, keyword] of Object.entries(versions)) {
    const { endpoint, statements } = await startMysql(t, (sql) => {
      if (sql.startsWith('SELECT VERSION')) return [{ version }];
      if (sql.startsWith('SHOW GLOBAL')) return statusOf({ Uptime: '1' });
      const times = { Seconds_Behind_Source: '12', SQL_Delay: null };
      if (sql === `SHOW ${keyword} STATUS`) return [times];
      return [{ SCHEMA_NAME: 'shop', DIGEST: 'ab', DIGEST_TEXT: 'SELECT ?', TIME_WAIT: '9', SUM_ROWS_SENT: '4' }];
    });
    const metrics = {
      ...NO_QUERIES,
      ...enabled('mysql.replica.time_behind_source', 'mysql.replica.sql_delay', 'mysql.statement_event.count'),
    };
    const statement_events = { digest_text_limit: 50, time_limit: '2h', limit: 7 };
    const lines = await readOnce(t, mysql, { endpoint, metrics, statement_events });
    assert.deepEqual(
      lines.map((line) => line.slice(line.indexOf('} ') + 2)),
      [
        'mysql.replica.time_behind_source sum s {} int 12',
        'mysql.statement_event.count sum 1 {digest=ab,digest_text=SELECT ?,kind=rows_sent,schema=shop} int 4',
        'mysql.uptime counter s {} int 1',
      ],
    );
    const [statement = ''] = statements.filter((sql) => sql.includes('DIGEST'));
    assert.match(statement, /LEFT\(DIGEST_TEXT, 50\).* INTERVAL 7200 SECOND.* LIMIT 7$/);
  }
});

test('reports queries that fail and values that are no numbers, and reads the rest', async (t) => {
  const { endpoint } = await startMysql(t, (sql) =>
    sql.startsWith('SHOW') ? statusOf({ Uptime: '1', Queries: 'many', Connections: '99999999999999999999' }) : 'denied',
  );
  const metrics = {
    ...NO_QUERIES,
    ...enabled('mysql.query.count', 'mysql.connection.count', 'mysql.table.rows'),
  };
  const bench = await startReading(t, mysql, { endpoint, metrics });
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(
    bench.error(),
    'MySQL: Queries: expected a number below 2^63, got "many"; Connections: expected a number below 2^63, got "99999999999999999999"; TABLES: denied',
  );
  assert.equal(bench.received[0]?.itemCount, 1);
});

/** The packet that ends a request for a file. */
const OK = '\x07\0\0\x03\0\0\0\x02\0\0\0';

test('reports servers that reject or misbehave, without credentials', async (t) => {
  const denied = await startMysql(t, () => STATUS);
  const error = await readingError(t, mysql, { endpoint: denied.endpoint, username: 'blocked', password: 'secret' });
  assert.match(error, /Access denied for user 'blocked'/);
  assert.doesNotMatch(error, /secret/);
  const cases: [Parameters<typeof startMysql>[1], RegExp][] = [
    [(_, socket) => void socket.end(), /closed the connection|ECONNRESET/],
    [(_, socket) => void socket.resetAndDestroy(), /ECONNRESET|closed/],
    // A request for a file of the client.
    [(_, socket) => void socket.write(Buffer.from(`\x0c\0\0\x01\xfb/etc/passwd${OK}`, 'latin1')), /LOCAL INFILE/],
    [(_, socket) => void socket.write(Buffer.alloc(33 << 20, 255)), /at most 33554432 bytes, got more/],
    [(_, socket) => void socket.write(Buffer.from([1, 0, 0, 5, 0])), /got packets out of order/],
  ];
  for (const [respond, expected] of cases) {
    const { endpoint } = await startMysql(t, respond);
    assert.match(await readingError(t, mysql, { endpoint }), expected);
  }
});

test('gives up at the timeout and stops during a reading', async (t) => {
  const { endpoint, statements } = await startMysql(t, () => undefined);
  const bench = await startReading(t, mysql, { endpoint, timeout: '2s' });
  while (statements.length === 0) await bench.clock.advance(0);
  await bench.clock.advance(2000);
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(bench.error(), 'MySQL: not read after 2000 ms');
  while (statements.length < 2) await bench.clock.advance(100);
  await bench.service.drain();
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ endpoint: 'nowhere' }, /endpoint: expected host:port/],
    [{ transport: 'udp' }, /transport/],
    [{ metrics: { other: {} } }, /metrics.other: expected one of/],
    [{ tls: { ca_file: '/missing' } }, /tls.*\/missing|ca_file/],
    [{ statement_events: { limit: 0 } }, /statement_events.limit/],
    [{ events: { 'db.server.top_query': { enabled: true } } }, /events: expected nothing here/],
    [{ tls: { crl_file: 'list.crl' } }, /tls: expected no crl_file and crl_pem/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(mysql, { config }), message);
});
