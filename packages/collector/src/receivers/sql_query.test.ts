import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { startPostgresql, type TestResult } from './postgresql/postgresql-server.testing.ts';
import { readingError, readOnce, startReading } from './scraping/scraping.testing.ts';
import { sqlQuery } from './sql_query.ts';

const BOOL = 16;
const INT8 = 20;
const TEXT = 25;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;

const COUNT = { metric_name: 'shop.orders', value_column: 'count' };

function configOf(endpoint: string, queries: readonly unknown[]) {
  const [host, port] = endpoint.split(':');
  const datasource = `host=${host} port=${port} user=monitor password='se\\'cret' dbname=shop sslmode=disable`;
  return { driver: 'postgres', datasource, queries };
}

receiverContract(sqlQuery, {
  config: configOf('127.0.0.1:1', [{ sql: 'SELECT 1', metrics: [COUNT], logs: [{ body_column: 'a' }] }]),
  silent: true,
});

function resultOf(columns: TestResult['columns'], ...rows: TestResult['rows']): TestResult {
  return { columns, rows };
}

test('makes points of rows, by the forms of the Collector', async (t) => {
  const { endpoint, statements } = await startPostgresql(t, () =>
    resultOf(
      [
        ['count', INT8],
        ['ratio', 701],
        ['open', BOOL],
        ['state', TEXT],
        ['at', TIMESTAMPTZ],
        ['day', TIMESTAMP],
      ],
      ['9007199254740993', '0.5', 't', 'new', '2024-05-01 10:00:00.123+02', '2024-05-01 00:00:00'],
      ['-2', '1e3', 'f', 'done', '2024-05-01 08:00:00+00', '2024-05-02 00:00:00'],
    ),
  );
  const metrics = [
    { ...COUNT, attribute_columns: ['state', 'open', 'at', 'day'], static_attributes: { db: 'a' }, unit: '{order}' },
    { metric_name: 'ratio', value_column: 'ratio', value_type: 'double', data_type: 'sum', monotonic: true },
  ];
  const lines = await readOnce(t, sqlQuery, configOf(endpoint, [{ sql: 'SELECT * FROM orders', metrics }]));
  assert.deepEqual(statements, ['SELECT * FROM orders']);
  assert.deepEqual(lines, [
    '{} ratio counter  {} double 0.5',
    '{} ratio counter  {} double 1000',
    '{} shop.orders gauge {order} {at=2024-05-01T08:00:00Z,day=2024-05-02T00:00:00Z,db=a,open=false,state=done} int -2',
    '{} shop.orders gauge {order} {at=2024-05-01T10:00:00+02:00,day=2024-05-01T00:00:00Z,db=a,open=true,state=new} int 9007199254740993',
  ]);
});

test('reports rows whose columns do not fit, and makes points of the others', async (t) => {
  const columns = [
    ['count', TEXT],
    ['state', TEXT],
  ] as const;
  const { endpoint } = await startPostgresql(t, () =>
    resultOf(columns, ['1', 'a'], ['1.5', 'b'], [null, 'c'], ['4', null]),
  );
  const metrics = [{ ...COUNT, attribute_columns: ['state'] }];
  const bench = await startReading(t, sqlQuery, configOf(endpoint, [{ sql: 'SELECT', metrics }]));
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(bench.received[0]?.itemCount, 1);
  assert.equal(
    bench.error(),
    'query 0: row 1: column count: expected int, got "1.5"; row 2: column count: expected a value, got NULL or no such column; row 3: column state: expected a value, got NULL or no such column',
  );
  const quiet = [{ sql: 'SELECT', metrics: [{ ...COUNT, value_type: 'double' }], ignore_null_values: true }];
  const lines = await readOnce(t, sqlQuery, configOf(endpoint, quiet));
  assert.equal(lines.length, 3);
});

test('makes points of other times and temporalities', async (t) => {
  const columns = [
    ['count', INT8],
    ['at', INT8],
    ['since', INT8],
  ] as const;
  const { endpoint } = await startPostgresql(t, () =>
    resultOf(columns, ['1', '1700000000000000005', '1600000000000000000']),
  );
  const times = { ts_column: 'at', start_ts_column: 'since', data_type: 'sum' };
  const metrics = [
    { ...COUNT, ...times },
    { ...COUNT, ...times, aggregation: 'delta' },
  ];
  const bench = await startReading(t, sqlQuery, configOf(endpoint, [{ sql: 'SELECT', metrics }]));
  while (bench.received.length === 0) await bench.clock.advance(0);
  const request = JSON.parse(requestToJson('metrics', bench.received[0]?.parts[0] ?? new Uint8Array()));
  const sums = request.resourceMetrics[0].scopeMetrics[0].metrics.map((one: Record<string, unknown>) => one['sum']);
  assert.deepEqual(
    sums.map((sum: { aggregationTemporality: number; dataPoints: Record<string, string>[] }) => [
      sum.aggregationTemporality,
      sum.dataPoints[0]?.['timeUnixNano'],
      sum.dataPoints[0]?.['startTimeUnixNano'],
    ]),
    [
      [2, '1700000000000000005', '1600000000000000000'],
      [1, '1700000000000000005', '1699999990000000005'],
    ],
  );
});

/** A table of log records to which a test adds rows. */
function logTable() {
  const rows = [
    ['1', 'first'],
    ['2', 'second'],
  ];
  const asked: string[] = [];
  const respond = (_: string, __: string, ___: unknown, [last = '']: readonly string[]): TestResult => {
    asked.push(last);
    const columns = [
      ['id', INT8],
      ['message', TEXT],
    ] as const;
    return resultOf(
      columns,
      ...rows.filter(([id]) => Number(id) > Number(last)).map(([id = '', text = '']) => [id, text]),
    );
  };
  return { rows, asked, respond };
}

const LOGS = {
  sql: 'SELECT id, message FROM audit WHERE id > $$1::bigint ORDER BY id',
  tracking_column: 'id',
  tracking_start_value: '0',
  logs: [{ body_column: 'message', attribute_columns: ['id'] }],
};

test('makes log records of new rows, and reads them again until they are accepted', async (t) => {
  const { rows, asked, respond } = logTable();
  const { endpoint, statements } = await startPostgresql(t, respond);
  const bench = await createComponentBench(sqlQuery, { config: configOf(endpoint, [LOGS]), signals: ['logs'] });
  t.after(() => bench.close());
  let isFull = true;
  bench.response = () => (isFull ? { kind: 'retry', reason: 'full', afterMillis: undefined } : { kind: 'accepted' });
  await bench.start();
  while (bench.error() === undefined) await bench.clock.advance(100);
  assert.equal(bench.error(), 'query 0: full, read again later');
  isFull = false;
  while (bench.received.length < 2) await bench.clock.advance(100);
  rows.push(['3', 'third']);
  while (bench.received.length < 3) await bench.clock.advance(100);
  assert.deepEqual(asked.slice(0, 3), ['0', '0', '2']);
  assert.equal(statements[0], 'SELECT id, message FROM audit WHERE id > $1::bigint ORDER BY id');
  const records = bench.received
    .slice(1)
    .flatMap(({ parts }) =>
      parts.flatMap((part) => JSON.parse(requestToJson('logs', part)).resourceLogs[0].scopeLogs[0].logRecords),
    );
  assert.deepEqual(
    records.map(({ body, attributes }) => [body.stringValue, attributes[0].key, attributes[0].value.stringValue]),
    [
      ['first', 'id', '1'],
      ['second', 'id', '2'],
      ['third', 'id', '3'],
    ],
  );
  assert.deepEqual(bench.dropped(), {});
});

test('reports errors, more rows than are read, and a server without a response, without the password', async (t) => {
  const query = [{ sql: 'SELECT', metrics: [COUNT] }];
  const denied = await startPostgresql(t, () => 'permission denied for table orders');
  assert.equal(
    await readingError(t, sqlQuery, configOf(denied.endpoint, query)),
    'query 0: permission denied for table orders',
  );
  const row = ['1'];
  const many = await startPostgresql(t, () => ({ columns: [['count', INT8]], rows: new Array(100_001).fill(row) }));
  assert.match(
    await readingError(t, sqlQuery, configOf(many.endpoint, query)),
    /expected at most 100000 rows, got more/,
  );
  const { endpoint, statements } = await startPostgresql(t, () => undefined);
  const bench = await startReading(t, sqlQuery, { ...configOf(endpoint, query), timeout: '2s' });
  while (statements.length === 0) await bench.clock.advance(0);
  await bench.clock.advance(2000);
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(bench.error(), 'query 0: not read after 2000 ms');
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const queries = [{ sql: 'SELECT 1', metrics: [COUNT] }];
  const good = { driver: 'postgres', datasource: 'postgres://a:b@localhost/shop?sslmode=disable', queries };
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ ...good, driver: 'oracle' }, /driver: expected postgres; otelier does not support other databases/],
    [{ ...good, datasource: '' }, /host: expected a value, or a datasource/],
    [{ ...good, host: 'a' }, /host: expected nothing here, because datasource is set/],
    [{ ...good, datasource: 'host localhost' }, /datasource: expected pairs such as/],
    [{ ...good, datasource: 'host=a port=x' }, /datasource: expected a port, got "x"/],
    [{ ...good, datasource: 'host=a sslmode=maybe' }, /datasource: expected an sslmode of disable/],
    [{ ...good, queries: [] }, /queries: expected at least one query/],
    [{ ...good, queries: [{ sql: 'SELECT 1' }] }, /metrics: expected metrics or logs, got neither/],
    [{ ...good, queries: [{ sql: 'SELECT 1', metrics: [{ ...COUNT, aggregation: 'delta' }] }] }, /data_type "sum"/],
    [{ ...good, storage: 'missing' }, /storage: expected a storage extension/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(sqlQuery, { config }), message);
});
