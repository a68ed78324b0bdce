/**
 * Queries PostgreSQL with the official `pg` instrumentation. Usage: `program.ts SDK URL DIRECTORY PORT`, where SDK is
 * `official` or `light`, URL receives the spans, DIRECTORY contains `pg`, and PORT is that of the database server.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SpanKind, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { type SdkName, startGlobalSdk } from '../../e2e/sdk-instrumentations/global-sdk.ts';

/** The part of `pg` that the program uses. */
interface Client {
  connect(): Promise<void>;
  query(text: string | object, values?: readonly unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
  query(text: string, done: (error: Error | null) => void): void;
  end(): Promise<void>;
}
interface Pool {
  connect(): Promise<Client & { release(): void }>;
  query: Client['query'];
  end(): Promise<void>;
}
interface Pg {
  readonly Client: new (options: object) => Client;
  readonly Pool: new (options: object) => Pool;
}

const [, , sdkName = '', sinkUrl = '', directory = '', port = ''] = process.argv;
const sdk = startGlobalSdk(sdkName as SdkName, sinkUrl);
registerInstrumentations({
  tracerProvider: sdk.tracerProvider,
  meterProvider: sdk.meterProvider,
  instrumentations: [
    new PgInstrumentation({
      enhancedDatabaseReporting: true,
      addSqlCommenterCommentToQueries: true,
      responseHook: (span, { data }) => span.setAttribute('rows', data.rows?.length ?? -1),
    }),
  ],
});
const pg: Pg = createRequire(join(directory, 'package.json'))('pg');
const tracer = trace.getTracer('program');
const server = { host: '127.0.0.1', port: Number(port), user: 'postgres', database: 'postgres', password: 'secret' };

const client = new pg.Client(server);
await client.connect();
await client.query('CREATE TABLE articles (id int PRIMARY KEY, name text)');
await tracer.startActiveSpan('order', { kind: SpanKind.SERVER }, async (order) => {
  await client.query('BEGIN');
  await client.query('INSERT INTO articles VALUES ($1, $2), ($3, $4)', [1, 'apple', 2, 'pear']);
  await client.query({ name: 'by-id', text: 'SELECT name FROM articles WHERE id = $1', values: [2] });
  await client.query('COMMIT');
  await new Promise<void>((resolve) => client.query('SELECT count(*) FROM articles', () => resolve()));
  await client.query('SELECT * FROM no_such_table').catch(() => {});
  // The context must still be active after every `await`.
  trace.getActiveSpan()?.addEvent('asked');
  order.end();
});
await client.query('DROP TABLE articles');
await client.end();

await tracer.startActiveSpan('with a pool', async (span) => {
  const pool = new pg.Pool({ ...server, max: 1 });
  await pool.query('SELECT 1 AS one');
  const connection = await pool.connect();
  await connection.query('SELECT 2 AS two');
  connection.release();
  await pool.end();
  span.end();
});
await sdk.shutdown();
