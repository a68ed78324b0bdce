import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Client } from 'pg';
import {
  type BrokerRecords,
  recordBroker,
} from '../../../packages/collector/src/receivers/kafka_metrics/replayed-broker.testing.ts';
import { connectMongodb } from '../../../packages/collector/src/receivers/mongodb/connection.ts';
import { writeDocument } from '../../../packages/collector/src/receivers/mongodb/mongodb-server.testing.ts';
import { connectMysql } from '../../../packages/collector/src/receivers/mysql/connection.ts';
import type { MysqlResult } from '../../../packages/collector/src/receivers/mysql/mysql-server.testing.ts';
import { MYSQL_QUERIES, STATUS, statementQuery } from '../../../packages/collector/src/receivers/mysql/queries.ts';
import type { TestResult } from '../../../packages/collector/src/receivers/postgresql/postgresql-server.testing.ts';
import {
  backgroundWriterQuery,
  DATABASE_QUERIES,
  FUNCTION_QUERY,
  INDEX_QUERY,
  LIST_DATABASES,
  MAJOR_VERSION,
  SERVER_QUERIES,
  TABLE_QUERY,
} from '../../../packages/collector/src/receivers/postgresql/queries.ts';
import { readServer } from './read.ts';
import type { Recorded } from './records.ts';
import { QUERIES } from './workload.ts';

const DATABASES = ['postgres', 'shop', 'billing'];

/** Returns what a server sends to its receiver. */
export async function recordServer(name: string, port: number): Promise<Recorded> {
  if (name === 'redis') return { 'INFO all': await recordInfo(port) };
  if (name === 'postgresql') return recordQueries(port);
  if (name === 'sql_query') return recordResults(port);
  if (name === 'kafka_metrics') return recordRequests(port);
  if (name === 'mysql') return recordMysql(port);
  if (name === 'mongodb') return recordMongodb(port);
  if (name === 'elasticsearch') return recordPages(name, port);
  const path = name === 'nginx' ? '/status' : '/server-status?auto';
  return { [path]: await (await fetch(`http://127.0.0.1:${port}${path}`)).text() };
}

async function recordRequests(port: number): Promise<Recorded> {
  const records: BrokerRecords = {};
  const proxy = await recordBroker(port, records);
  await readServer('kafka_metrics', proxy.port);
  proxy.close();
  return records;
}

async function recordInfo(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  socket.end('INFO all\r\nQUIT\r\n');
  await once(socket, 'close');
  const info = received.slice(received.indexOf('\r\n') + 2, received.lastIndexOf('\r\n+OK'));
  return info.replaceAll(/^(?:os|executable|config_file|run_id|process_id|gcc_version|redis_build_id):.*\r\n/gm, '');
}

async function recordResults(port: number): Promise<Recorded> {
  const results: Record<string, TestResult> = {};
  const client = new Client({ host: '127.0.0.1', port, user: 'monitor', database: 'shop' });
  await client.connect();
  for (const { sql } of QUERIES) results[`shop|${sql}`] = await resultOf(client, sql, []);
  await client.end();
  return results;
}

/** Returns the responses to the requests of a receiver, by path. */
async function recordPages(name: string, port: number): Promise<Recorded> {
  const pages: Record<string, string> = {};
  const proxy = createServer(async (request, response) => {
    const path = request.url ?? '';
    pages[path] = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    response.end(pages[path]);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  await readServer(name, (proxy.address() as AddressInfo).port);
  proxy.close();
  return pages;
}

async function recordMongodb(port: number): Promise<Recorded> {
  const target = { url: `mongodb://127.0.0.1:${port}/`, options: {} };
  const connection = await connectMongodb(target, new AbortController().signal);
  const commands: [database: string, command: string][] = [
    ['admin', 'serverStatus'],
    ['admin', 'listDatabases'],
    ['shop', 'dbStats'],
  ];
  const results: Record<string, string> = {};
  for (const [database, command] of commands)
    results[`${database}.${command}`] = writeDocument(await connection.command(database, { [command]: 1 }));
  await connection.close();
  return results;
}

async function recordMysql(port: number): Promise<Recorded> {
  const results: Record<string, MysqlResult> = {};
  const endpoint = { kind: 'tcp' as const, host: '127.0.0.1', port };
  const target = { endpoint, username: 'root', password: '', database: '', tls: undefined };
  const connection = await connectMysql(target, new AbortController().signal);
  const statements = statementQuery({ digestTextLimit: 120, timeLimit: 86_400_000, limit: 250 });
  for (const sql of [STATUS, ...[...MYSQL_QUERIES, statements].map((query) => query.sql)])
    results[sql] = (await connection.query(sql)) as MysqlResult;
  connection.close();
  return results;
}

async function recordQueries(port: number): Promise<Recorded> {
  const results: Record<string, TestResult> = {};
  const run = async (database: string, statements: readonly (readonly [sql: string, parameters: unknown[]])[]) => {
    const client = new Client({ host: '127.0.0.1', port, user: 'monitor', database });
    await client.connect();
    for (const [sql, parameters] of statements) results[`${database}|${sql}`] = await resultOf(client, sql, parameters);
    await client.end();
  };
  await run('postgres', [
    [LIST_DATABASES, []],
    [MAJOR_VERSION, []],
    ...DATABASE_QUERIES.filter(({ name }) => name !== 'pg_stat_statements').map(({ sql }): [string, unknown[]] => [
      sql,
      [DATABASES],
    ]),
    ...[...SERVER_QUERIES, backgroundWriterQuery(15)].map(({ sql }): [string, unknown[]] => [sql, []]),
  ]);
  for (const database of DATABASES)
    await run(
      database,
      [TABLE_QUERY, INDEX_QUERY, FUNCTION_QUERY].map(({ sql }): [string, unknown[]] => [sql, []]),
    );
  return results;
}

/** Runs a statement, and returns its values as the texts that the server sends. */
async function resultOf(client: Client, text: string, values: unknown[]): Promise<TestResult> {
  const types = { getTypeParser: () => (value: string) => value };
  const { fields, rows } = await client.query({ text, values, types, rowMode: 'array' });
  return { columns: fields.map(({ name, dataTypeID }) => [name, dataTypeID]), rows: rows as (string | null)[][] };
}
