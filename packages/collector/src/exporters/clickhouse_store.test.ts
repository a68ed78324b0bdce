import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { QueryBusyError, QueryError, QueryLimitError, type Store } from '@otelier/store';
import { type ComponentBench, createComponentBench, exporterContract, sampleBatch } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { type Decide, type FakeServer, startFakeServer } from './clickhouse/fake-server.testing.ts';
import { clickhouse_store } from './clickhouse_store.ts';

exporterContract(clickhouse_store, {
  config: { endpoint: 'http://127.0.0.1:1' },
  clock: systemClock,
  destination: async () => {
    const server = await startFakeServer();
    return { config: { endpoint: server.url }, close: () => server.close() };
  },
});

interface Opened {
  readonly server: FakeServer;
  readonly bench: ComponentBench;
  readonly store: Store;
}

/** Starts a server and an exporter that stores in it. Both are closed when the test ends. */
async function open(t: TestContext, decide?: Decide, config: Record<string, unknown> = {}): Promise<Opened> {
  const server = await startFakeServer(decide);
  t.after(() => server.close());
  const bench = await createComponentBench(clickhouse_store, {
    clock: systemClock,
    config: { endpoint: server.url.replace('://', '://ada:s3cret@'), ...config },
  });
  t.after(() => bench.close());
  await bench.start();
  const store = bench.service.host.stores().get('tested');
  assert.ok(store, 'expected the store to be registered under the ID of its exporter');
  return { server, bench, store };
}

const RANGE = { tenant: 'default', start: 0n, end: 3_600_000_000_000n } as const;
const isQuery = (text: string): boolean => text.includes('FORMAT JSON') && !text.startsWith('DESC');

test('creates the tables, adds its columns once, and records the version', async (t) => {
  const { server, bench } = await open(t, undefined, { database: 'otel', cluster_name: 'c' });
  await Promise.all([bench.send(sampleBatch('traces', 1)), bench.send(sampleBatch('logs', 2))]);
  const texts = server.statements.map(({ text }) => text);
  const altered = texts.filter((text) => text.startsWith('ALTER TABLE'));
  assert.equal(altered.length, 7);
  assert.match(
    altered[0] ?? '',
    /^ALTER TABLE `otel`\.`otel_traces` ON CLUSTER `c` ADD COLUMN IF NOT EXISTS __otelier_tenant /,
  );
  assert.ok(altered.every((text) => text.includes('__otelier_item String DEFAULT unhex(__otelier_item_hex)')));
  const version = texts.findIndex((text) => text.startsWith('INSERT INTO `otel`.`otelier_schema` (version, program)'));
  assert.ok(version > texts.indexOf(altered[6] ?? ''));
  assert.match(texts[version] ?? '', /VALUES \(1, 'otelier\//);
  const [first, second] = server.inserts().filter(({ rows }) => rows.length > 0);
  assert.deepEqual([first?.rows.length, second?.rows.length].sort(), [1, 2]);
});

test('inserts the bytes, the tenant and the values of an item beside the columns of the Collector', async (t) => {
  const { server, bench } = await open(t);
  const batch = sampleBatch('traces', 1);
  await bench.send({ ...batch, context: { ...batch.context, tenant: "it's" } });
  const insert = server.inserts().at(-1);
  assert.match(
    insert?.text ?? '',
    /`Links\.Attributes`, `__otelier_tenant`, .*`__otelier_scope_hex`\) FORMAT JSONEachRow$/,
  );
  const row = JSON.parse(insert?.rows[0] ?? '{}') as Record<string, string>;
  assert.equal(row['__otelier_tenant'], "it's");
  assert.match(row['__otelier_item_hex'] ?? '', /^([0-9a-f]{2})+$/);
  assert.equal(insert?.settings['wait_for_async_insert'], '1');
});

test('refuses tables of a newer version, and tables without the columns if it must not change them', async (t) => {
  const versions = { newer: '7\n', older: '0\n' };
  for (const [create_schema, version, expected] of [
    [true, versions.newer, 'expected tables of version of at most 1, got 7'],
    [false, versions.older, 'expected tables of version 1, got 0'],
  ] as const) {
    const { bench, store, server } = await open(t, undefined, { create_schema });
    server.respond((text) => (text.startsWith('SELECT max(version)') ? version : undefined));
    const outcome = await bench.send(sampleBatch('traces', 1));
    assert.ok(outcome.kind === 'refused' && outcome.reason.includes(expected), JSON.stringify(outcome));
    await assert.rejects(
      store.services(RANGE),
      (error) => error instanceof QueryError && error.message.includes(expected),
    );
  }
});

test('accepts telemetry only after the insert, and asks senders to retry while the server is away', async (t) => {
  let inserts = 0;
  const { bench, store } = await open(t, ({ text }) =>
    text.startsWith('INSERT INTO `default`.`otel_') && ++inserts === 1
      ? { status: 500, code: 241, message: 'Code: 241. DB::Exception: Memory limit exceeded' }
      : undefined,
  );
  const batch = sampleBatch('logs', 1);
  assert.equal((await bench.send(batch)).kind, 'retry');
  assert.equal(store.health().kind, 'failing');
  assert.equal((await bench.send(batch)).kind, 'accepted');
  assert.equal(store.health().kind, 'ok');
});

test('says that the server is away, without the password', async (t) => {
  const { server, bench, store } = await open(t);
  await server.close();
  const outcome = await bench.send(sampleBatch('traces', 1));
  assert.ok(outcome.kind === 'retry' && !outcome.reason.includes('s3cret'), JSON.stringify(outcome));
  await assert.rejects(
    store.services(RANGE),
    (error) =>
      error instanceof QueryBusyError &&
      error.message.startsWith(`ClickHouse at 127.0.0.1:${server.port} does not respond`) &&
      !error.message.includes('s3cret'),
  );
  assert.equal((await store.checkHealth()).kind, 'failing');
});

test('converts the errors of queries, also those after the first rows', async (t) => {
  const cases = [
    [159, QueryLimitError],
    [241, QueryLimitError],
    [202, QueryBusyError],
    [427, QueryError],
  ] as const;
  for (const [code, type] of cases) {
    const message = `Code: ${code}. DB::Exception: why`;
    const { store } = await open(t, ({ text }) => (isQuery(text) ? { status: 500, code, message } : undefined));
    await assert.rejects(store.services(RANGE), (error) => error instanceof type && error.message.includes('why'));
  }
  const { server, store } = await open(t);
  server.respond((text) => (isQuery(text) ? '{"one":1}\nCode: 159. DB::Exception: Timeout exceeded' : undefined));
  await assert.rejects(store.services(RANGE), QueryLimitError);
});

test('limits time, memory and rows of queries on the server', async (t) => {
  const { server, store } = await open(t, undefined, { query_timeout: '7s', query_max_memory: '64MiB' });
  await store.services(RANGE);
  const query = server.statements.find(({ text }) => isQuery(text));
  const { max_execution_time, max_memory_usage, max_result_rows } = query?.settings ?? {};
  assert.deepEqual([max_execution_time, max_memory_usage, max_result_rows], ['7', String(64 << 20), '1000000']);
});

test('a caller who leaves cancels the query', async (t) => {
  const { server, store } = await open(t);
  const caller = new AbortController();
  const asked = Promise.withResolvers<void>();
  server.respond((text) => {
    if (!isQuery(text)) return undefined;
    asked.resolve();
    return new Promise<string>(() => {});
  });
  const canceled = store.for?.({ client: 'a', signal: caller.signal }).services(RANGE);
  assert.ok(canceled);
  await asked.promise;
  caller.abort();
  await assert.rejects(canceled);
  await server.whenClosed();
});

test('rejects SQL that reads other tables, files or dictionaries', async (t) => {
  const { server, store } = await open(t);
  const tree = (line: string): string => `${JSON.stringify({ explain: `    ${line}` })}\n`;
  for (const [line, what] of [
    ['TABLE id: 3, alias: __table1, table_name: system.users', 'the table system.users'],
    ['TABLE_FUNCTION id: 3, alias: __table1, table_function_name: merge', 'the table function merge'],
    ['FUNCTION id: 3, function_name: file, function_type: ordinary, result_type: String', 'the function file'],
  ] as const) {
    server.respond((text) => (text.startsWith('EXPLAIN') ? tree(line) : undefined));
    await assert.rejects(
      async () => store.sql?.query({ tenant: 'default', statement: 'SELECT 1' }),
      new QueryError(`SQL: expected a query of spans, logs and metric_points, got ${what}`),
    );
  }
  assert.ok(!server.statements.some(({ text }) => text.startsWith('WITH')));
});

/** Returns a promise and what resolves it. */
function gate(): { readonly opened: Promise<string>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { opened: promise, open: () => resolve('') };
}

const isInsert = (text: string): boolean => text.startsWith('INSERT INTO `default`.`otel_logs`');

test('merges what waits for running inserts into one, and accepts each request after its rows', async (t) => {
  const { server, bench } = await open(t);
  await bench.send(sampleBatch('logs', 1));
  const before = server.inserts().length;
  const { opened, open: release } = gate();
  server.respond((text) => (isInsert(text) ? opened : undefined));
  let accepted = 0;
  const sent = Array.from({ length: 20 }, async (_, index) => {
    const outcome = await bench.send(sampleBatch('logs', 1 + (index % 3)));
    accepted += 1;
    return outcome;
  });
  while (server.inserts().length < before + 2) await new Promise(setImmediate);
  assert.equal(accepted, 0, 'no request is accepted before the server responds');
  release();
  assert.ok((await Promise.all(sent)).every(({ kind }) => kind === 'accepted'));
  const inserts = server.inserts().slice(before);
  assert.ok(inserts.length <= 4, `${inserts.length} inserts of 20 requests`);
  const rows = inserts.flatMap((insert) => insert.rows);
  assert.equal(rows.length, 39);
  assert.ok(rows.every((row) => typeof JSON.parse(row) === 'object'));
});

test('rejects only the request whose rows the server refuses, if it was merged with others', async (t) => {
  const { server, bench } = await open(t, ({ rows }) =>
    rows.some((row) => row.includes('"__otelier_tenant":"bad"'))
      ? { status: 400, code: 53, message: 'Code: 53. DB::Exception: TYPE_MISMATCH' }
      : undefined,
  );
  await bench.send(sampleBatch('logs', 1));
  const before = server.inserts().length;
  const { opened, open: release } = gate();
  server.respond((text) => (isInsert(text) ? opened : undefined));
  const tenants = ['a', 'b', 'c', 'bad', 'd'];
  const sent = tenants.map((tenant) => {
    const batch = sampleBatch('logs', 1);
    return bench.send({ ...batch, context: { ...batch.context, tenant } });
  });
  while (server.inserts().length < before + 2) await new Promise(setImmediate);
  release();
  const kinds = (await Promise.all(sent)).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['accepted', 'accepted', 'accepted', 'refused', 'accepted']);
});

test('tells a request to retry after its timeout, and inserts what waits with it', async (t) => {
  const { server, bench } = await open(t, undefined, { timeout: '1s' });
  await bench.send(sampleBatch('logs', 1));
  const { opened, open: release } = gate();
  server.respond((text) => (isInsert(text) ? opened : undefined));
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => bench.send(sampleBatch('logs', 1))));
  assert.ok(outcomes.every(({ kind }) => kind === 'retry'));
  release();
  assert.equal((await bench.send(sampleBatch('logs', 1))).kind, 'accepted');
});

test('keeps documents of the page in a directory that it locks', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-documents-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const config = { documents_directory: join(directory, 'new') };
  const { bench, store, server } = await open(t, undefined, config);
  const documents = bench.service.host.documentsOf(store);
  await documents?.save({ kind: 'board', id: 'a', name: 'A', content: {}, revision: 0 });
  assert.deepEqual(
    documents?.list('board').map(({ name }) => name),
    ['A'],
  );
  const other = await createComponentBench(clickhouse_store, { config: { endpoint: server.url, ...config } });
  await assert.rejects(other.start(), /documents_directory: expected a writable directory, got .*has it open/);
  await other.close();
  assert.equal((await open(t)).bench.service.host.documentsOf(store), undefined);
});
