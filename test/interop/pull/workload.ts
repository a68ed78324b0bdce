import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Admin, Consumer, Producer } from '@platformatic/kafka';
import { Client } from 'pg';
import { connectMongodb } from '../../../packages/collector/src/receivers/mongodb/connection.ts';
import { connectMysql, type MysqlConnection } from '../../../packages/collector/src/receivers/mysql/connection.ts';

/** Requests that a web server gets before it is read. */
const REQUESTS = 20;

/** Sends requests to a web server. */
export async function requestPages(port: number): Promise<void> {
  for (let i = 0; i < REQUESTS; i++) await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
}

/** Writes and reads keys of Redis: 100 in a database, of which 10 expire, and 5 in another. */
export async function useRedis(port: number): Promise<void> {
  const keys = Array.from({ length: 100 }, (_, i) => `SET key${i} value${i < 10 ? ' EX 100000' : ''}`);
  const commands = [
    ...keys,
    ...Array.from({ length: 7 }, () => 'GET key1'),
    ...Array.from({ length: 3 }, () => 'GET missing'),
    'SELECT 3',
    ...Array.from({ length: 5 }, (_, i) => `SET other${i} value`),
    'QUIT',
  ];
  const socket = connect(port, '127.0.0.1');
  socket.end(commands.map((command) => `${command}\r\n`).join(''));
  socket.resume();
  await once(socket, 'close');
}

const STATEMENTS: readonly (readonly [database: string, sql: string])[] = [
  ['postgres', 'CREATE DATABASE shop'],
  ['postgres', 'CREATE DATABASE billing'],
  ['shop', 'CREATE TABLE orders (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = off)'],
  ['shop', 'CREATE SCHEMA sales'],
  ['shop', 'CREATE TABLE sales.leads (id int)'],
  ['shop', "INSERT INTO orders SELECT i, 'note' FROM generate_series(1, 50) i"],
  ['shop', "UPDATE orders SET note = 'other' WHERE id <= 10"],
  ['shop', 'DELETE FROM orders WHERE id > 45'],
  ['shop', 'CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2 * n; END $$'],
  ...Array.from({ length: 4 }, (_, i) => ['shop', `SELECT twice(${i})`] as const),
];

/** Fills databases of PostgreSQL. Each statement has a connection of its own, at whose end it is counted. */
export async function usePostgresql(port: number): Promise<void> {
  await untilReady(port);
  for (const [database, sql] of STATEMENTS) {
    const client = new Client({ host: '127.0.0.1', port, user: 'monitor', database });
    await client.connect();
    await client.query(sql);
    await client.end();
  }
}

/** A server accepts connections before it is ready for statements. */
async function untilReady(port: number): Promise<void> {
  for (let attempts = 0; ; attempts++) {
    const client = new Client({ host: '127.0.0.1', port, user: 'monitor', database: 'postgres' });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempts === 100) throw error;
      await setTimeout(100);
    }
  }
}

/** Indexes 20 documents of OpenSearch, gets and deletes some, and searches. */
export async function useElasticsearch(port: number): Promise<void> {
  const ask = async (path: string, method: string, body?: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
  };
  await ask('/orders', 'PUT', { settings: { number_of_shards: 1, number_of_replicas: 1 } });
  await ask('/_ingest/pipeline/tag', 'PUT', { processors: [] });
  for (let i = 0; i < 20; i++) await ask(`/orders/_doc/${i}${i < 5 ? '?pipeline=tag' : ''}`, 'PUT', { n: i });
  for (let i = 15; i < 20; i++) await ask(`/orders/_doc/${i}`, 'DELETE');
  await ask('/orders/_refresh', 'POST');
  for (let i = 0; i < 3; i++) await ask(`/orders/_doc/${i}`, 'GET');
  for (let i = 0; i < 4; i++) await ask('/orders/_search', 'POST', { query: { match_all: {} } });
  await ask('/orders/_flush', 'POST');
}

/** Writes 40 documents of MongoDB to two collections of a database, one of which has a second index. */
export async function useMongodb(port: number): Promise<void> {
  const target = { url: `mongodb://127.0.0.1:${port}/`, options: {} };
  const connection = await connectMongodb(target, new AbortController().signal);
  const documents = (count: number) => Array.from({ length: count }, (_, n) => ({ _id: n, n }));
  try {
    await connection.command('shop', { insert: 'orders', documents: documents(30) });
    await connection.command('shop', { createIndexes: 'orders', indexes: [{ key: { n: 1 }, name: 'by_n' }] });
    await connection.command('shop', { insert: 'leads', documents: documents(10) });
    await connection.command('shop', { delete: 'orders', deletes: [{ q: { n: { $lt: 5 } }, limit: 0 }] });
  } finally {
    await connection.close();
  }
}

const MYSQL_STATEMENTS = [
  'CREATE DATABASE shop',
  'USE shop',
  'CREATE TABLE orders (id int PRIMARY KEY, note varchar(20), KEY by_note (note)) ENGINE=InnoDB',
  `INSERT INTO orders VALUES ${Array.from({ length: 50 }, (_, i) => `(${i}, 'note')`).join(', ')}`,
  "UPDATE orders SET note = 'other' WHERE id < 10",
  'DELETE FROM orders WHERE id >= 45',
  "PREPARE twice FROM 'SELECT 2 * ?'",
  'EXECUTE twice USING 1',
  'ANALYZE TABLE orders',
];

/** Fills a database of MySQL. */
export async function useMysql(port: number): Promise<void> {
  const connection = await connectWhenReady(port);
  for (const sql of MYSQL_STATEMENTS) await connection.query(sql);
  connection.close();
}

async function connectWhenReady(port: number): Promise<MysqlConnection> {
  const endpoint = { kind: 'tcp' as const, host: '127.0.0.1', port };
  const target = { endpoint, username: 'root', password: '', database: '', tls: undefined };
  for (let attempts = 0; ; attempts++) {
    try {
      return await connectMysql(target, new AbortController().signal);
    } catch (error) {
      if (attempts === 100) throw error;
      await setTimeout(100);
    }
  }
}

/** Writes 30 messages to a topic, of which a group reads some: a group commits 4 of a partition's, and has no members. */
export async function useKafka(port: number): Promise<void> {
  const options = { clientId: 'workload', bootstrapBrokers: [`127.0.0.1:${port}`] };
  const admin = new Admin(options);
  await admin.createTopics({ topics: ['orders'], partitions: 3, replicas: 1 });
  // A new topic has no leaders yet, and the producer would send again what one of them has taken.
  const partitions = [0, 1, 2].map((partitionIndex) => ({ partitionIndex, timestamp: -1n }));
  await admin.listOffsets({ topics: [{ name: 'orders', partitions }] });
  const producer = new Producer({ ...options, idempotent: true });
  const messages = Array.from({ length: 30 }, (_, i) => ({
    topic: 'orders',
    partition: i % 3,
    value: Buffer.from('x'),
  }));
  await producer.send({ messages });
  await producer.close();
  const consumer = new Consumer({ ...options, groupId: 'shop' });
  await consumer.joinGroup({});
  await consumer.commit({ offsets: [{ topic: 'orders', partition: 1, offset: 4n, leaderEpoch: 0 }] });
  await consumer.close();
  await admin.close();
}

/** Queries of the receiver `sql_query`, for the forms of values. */
export const QUERIES = [
  {
    sql: 'SELECT note, count(*) AS count, avg(id) AS mean FROM orders GROUP BY note',
    metrics: [
      { metric_name: 'orders', value_column: 'count', attribute_columns: ['note'] },
      { metric_name: 'mean', value_column: 'mean', value_type: 'double', attribute_columns: ['note'] },
    ],
  },
  {
    sql: `SELECT 9223372036854775807 AS large, true AS flag, 1.50::numeric AS price, 0.1::float8 AS float,
      '2024-05-01 10:00:00.5'::timestamp AS at, '2024-05-01 10:00:00+00'::timestamptz AT TIME ZONE 'UTC' AS utc,
      '2024-05-01'::date AS day`,
    metrics: [
      {
        metric_name: 'forms',
        value_column: 'large',
        attribute_columns: ['flag', 'price', 'float', 'at', 'utc', 'day'],
        data_type: 'sum',
      },
    ],
  },
];

/** Points that a reading after the workload must have, by server. */
export const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  nginx: [
    `{} nginx.requests counter requests {} int ${REQUESTS + 1}`,
    '{} nginx.connections_current sum connections {state=writing} int 1',
  ],
  apache: [
    `apache.requests counter {requests} {} int ${REQUESTS}`,
    'apache.workers sum {workers} {state=busy} int 1',
    'apache.workers sum {workers} {state=idle} int 7',
    'apache.scoreboard sum {workers} {state=sending} int 1',
    'apache.scoreboard sum {workers} {state=waiting} int 7',
    'apache.scoreboard sum {workers} {state=open} int 0',
  ],
  redis: [
    'redis.cmd.calls counter {call} {cmd=get} int 10',
    'redis.cmd.calls counter {call} {cmd=set} int 105',
    'redis.db.expires gauge {key} {db=0} int 10',
    'redis.db.expires gauge {key} {db=3} int 0',
    'redis.db.keys gauge {key} {db=0} int 100',
    'redis.db.keys gauge {key} {db=3} int 5',
    'redis.keyspace.hits counter {hit} {} int 7',
    'redis.keyspace.misses counter {miss} {} int 3',
    'redis.maxmemory gauge By {} int 67108864',
    'redis.mode gauge {mode} {mode=standalone} int 1',
    'redis.role sum {role} {role=primary} int 1',
    'redis.cluster.cluster_enabled gauge 1 {} int 0',
  ],
  postgresql: [
    '{} postgresql.connection.max gauge {connections} {} int 40',
    '{} postgresql.database.count sum {databases} {} int 3',
    '{postgresql.database.name=billing} postgresql.table.count sum {table} {} int 0',
    '{postgresql.database.name=postgres} postgresql.backends sum 1 {} int 1',
    '{postgresql.database.name=shop} postgresql.deadlocks counter {deadlock} {} int 0',
    '{postgresql.database.name=shop} postgresql.function.calls counter {call} {function=twice} int 4',
    '{postgresql.database.name=shop} postgresql.table.count sum {table} {} int 2',
    '{postgresql.database.name=shop,postgresql.table.name=public.orders} postgresql.operations counter 1 {operation=ins} int 50',
    '{postgresql.database.name=shop,postgresql.table.name=public.orders} postgresql.operations counter 1 {operation=upd} int 10',
    '{postgresql.database.name=shop,postgresql.table.name=public.orders} postgresql.operations counter 1 {operation=del} int 5',
    '{postgresql.database.name=shop,postgresql.table.name=public.orders} postgresql.rows sum 1 {state=live} int 45',
    '{postgresql.database.name=shop,postgresql.table.name=public.orders} postgresql.rows sum 1 {state=dead} int 15',
    '{postgresql.database.name=shop,postgresql.table.name=public.orders} postgresql.table.size sum By {} int 8192',
    '{postgresql.database.name=shop,postgresql.table.name=sales.leads} postgresql.table.size sum By {} int 0',
    '{postgresql.database.name=shop,postgresql.index.name=orders_pkey,postgresql.table.name=orders} postgresql.index.size gauge By {} int 16384',
  ],
  elasticsearch: [
    'elasticsearch.cluster.data_nodes sum {nodes} {} int 1',
    'elasticsearch.cluster.health sum {status} {status=green} int 0',
    'elasticsearch.cluster.health sum {status} {status=yellow} int 1',
    'elasticsearch.cluster.nodes sum {nodes} {} int 1',
    'elasticsearch.cluster.shards sum {shards} {state=active} int 1',
    'elasticsearch.cluster.shards sum {shards} {state=active_primary} int 1',
    'elasticsearch.cluster.shards sum {shards} {state=unassigned} int 1',
    ...['primary_shards', 'total'].flatMap((aggregation) => [
      `elasticsearch.index.documents sum {documents} {aggregation=${aggregation},state=active} int 15`,
      `elasticsearch.index.operations.completed counter {operations} {aggregation=${aggregation},operation=delete} int 5`,
      `elasticsearch.index.operations.completed counter {operations} {aggregation=${aggregation},operation=get} int 3`,
      `elasticsearch.index.operations.completed counter {operations} {aggregation=${aggregation},operation=index} int 20`,
      `elasticsearch.index.operations.completed counter {operations} {aggregation=${aggregation},operation=query} int 4`,
    ]),
    'elasticsearch.node.documents sum {documents} {state=active} int 15',
    'elasticsearch.node.operations.get.completed counter {operations} {result=hit} int 3',
    'jvm.memory.heap.max gauge By {} int 259522560',
  ],
  mongodb: [
    'mongodb.collection.count sum {collections} {db.namespace=shop} int 2',
    'mongodb.database.count sum {databases} {} int 1',
    'mongodb.health gauge 1 {} int 1',
    'mongodb.index.count sum {indexes} {db.namespace=shop} int 3',
    'mongodb.object.count sum {objects} {db.namespace=shop} int 35',
  ],
  mysql: [
    'mysql.buffer_pool.limit sum By {} int 16777216',
    'mysql.commands counter 1 {command=delete} int 1',
    'mysql.commands counter 1 {command=insert} int 1',
    'mysql.commands counter 1 {command=update} int 1',
    'mysql.handlers counter 1 {kind=delete} int 5',
    'mysql.handlers counter 1 {kind=update} int 10',
    'mysql.handlers counter 1 {kind=write} int 50',
    'mysql.index.io.wait.count counter 1 {index=NONE,operation=insert,schema=shop,table=orders} int 50',
    'mysql.index.io.wait.count counter 1 {index=PRIMARY,operation=delete,schema=shop,table=orders} int 5',
    'mysql.index.io.wait.count counter 1 {index=PRIMARY,operation=update,schema=shop,table=orders} int 10',
    'mysql.prepared_statements counter 1 {command=execute} int 1',
    'mysql.prepared_statements counter 1 {command=prepare} int 1',
    'mysql.table.io.wait.count counter 1 {operation=delete,schema=shop,table=orders} int 5',
    'mysql.table.io.wait.count counter 1 {operation=insert,schema=shop,table=orders} int 50',
    'mysql.table.io.wait.count counter 1 {operation=update,schema=shop,table=orders} int 10',
    'mysql.table.rows sum 1 {schema=shop,table=orders} int 45',
    'mysql.table.size sum By {kind=data,schema=shop,table=orders} int 16384',
    'mysql.table.size sum By {kind=index,schema=shop,table=orders} int 16384',
    'mysql.threads sum 1 {kind=connected} int 1',
  ],
  sql_query: [
    '{} orders gauge  {note=note} int 35',
    '{} orders gauge  {note=other} int 10',
    '{} mean gauge  {note=note} double 28',
    '{} mean gauge  {note=other} double 5.5',
    '{} forms sum  {at=2024-05-01T10:00:00Z,day=2024-05-01T00:00:00Z,flag=true,float=0.1,price=1.50,utc=2024-05-01T10:00:00Z} int 9223372036854775807',
  ],
  kafka_metrics: [
    '{} kafka.broker.log_retention_period gauge s {broker=1} int 604800',
    '{} kafka.brokers sum {brokers} {} int 1',
    '{} kafka.consumer_group.lag gauge 1 {group=shop,partition=1,topic=orders} int 6',
    '{} kafka.consumer_group.lag_sum gauge 1 {group=shop,topic=orders} int 6',
    '{} kafka.consumer_group.members sum {members} {group=shop} int 0',
    '{} kafka.consumer_group.offset gauge 1 {group=shop,partition=1,topic=orders} int 4',
    '{} kafka.consumer_group.offset_sum gauge 1 {group=shop,topic=orders} int 4',
    ...[0, 1, 2].flatMap((partition) => [
      `{} kafka.partition.current_offset gauge 1 {partition=${partition},topic=orders} int 10`,
      `{} kafka.partition.oldest_offset gauge 1 {partition=${partition},topic=orders} int 0`,
      `{} kafka.partition.replicas sum {replicas} {partition=${partition},topic=orders} int 1`,
      `{} kafka.partition.replicas_in_sync sum {replicas} {partition=${partition},topic=orders} int 1`,
    ]),
    '{} kafka.topic.log_retention_period gauge s {topic=orders} int 604800',
    '{} kafka.topic.log_retention_size gauge By {topic=orders} int -1',
    '{} kafka.topic.min_insync_replicas gauge {replicas} {topic=orders} int 1',
    '{} kafka.topic.partitions sum {partitions} {topic=orders} int 3',
    '{} kafka.topic.replication_factor gauge 1 {topic=orders} int 1',
  ],
};
