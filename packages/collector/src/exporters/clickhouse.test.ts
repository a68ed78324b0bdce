import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import {
  batchOf,
  type ComponentBench,
  createComponentBench,
  exporterContract,
  type RequestJson,
  sampleBatch,
} from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { type Decide, type FakeServer, startFakeServer } from './clickhouse/fake-server.testing.ts';
import { clickhouse } from './clickhouse.ts';

exporterContract(clickhouse, {
  config: { endpoint: 'http://127.0.0.1:1' },
  destination: async () => {
    const server = await startFakeServer();
    return { config: { endpoint: server.url }, close: () => server.close() };
  },
});

/** Starts a server that is closed when the test ends. */
async function startServer(t: TestContext, ...args: Parameters<typeof startFakeServer>): Promise<FakeServer> {
  const server = await startFakeServer(...args);
  t.after(() => server.close());
  return server;
}

/** Starts an exporter that is closed when the test ends. */
async function startBench(t: TestContext, config: Record<string, unknown>): Promise<ComponentBench> {
  const bench = await createComponentBench(clickhouse, { clock: systemClock, config });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

/** Starts an exporter without a queue and retries. */
function start(t: TestContext, config: Record<string, unknown>): Promise<ComponentBench> {
  return startBench(t, { sending_queue: { enabled: false }, retry_on_failure: { enabled: false }, ...config });
}

/** Runs with a server and an exporter that sends to it. */
async function withServer(
  t: TestContext,
  decide: Decide | undefined,
  config: Record<string, unknown>,
  run: (bench: ComponentBench, server: FakeServer) => Promise<void>,
): Promise<void> {
  const server = await startServer(t, decide);
  await run(await start(t, { endpoint: server.url, ...config }), server);
}

/** Two gauges and a sum, which belong to two tables. */
const METRICS: RequestJson['metrics'] = {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            { name: 'g', gauge: { dataPoints: [{ asInt: 1 }, { asInt: 2 }] } },
            { name: 's', sum: { dataPoints: [{ asDouble: 3 }], aggregationTemporality: 2 } },
          ],
        },
      ],
    },
  ],
};

test('creates the tables of a signal before the first insert, once', (t) =>
  withServer(t, undefined, { database: 'otel', cluster_name: 'c`1', ttl: '36h' }, async (bench, server) => {
    await Promise.all([bench.send(sampleBatch('traces', 1)), bench.send(sampleBatch('traces', 2))]);
    const texts = server.statements.map(({ text }) => text);
    assert.equal(texts[1], 'CREATE DATABASE IF NOT EXISTS `otel` ON CLUSTER `c\\`1`');
    assert.match(texts[2] ?? '', /^CREATE TABLE IF NOT EXISTS `otel`\.`otel_traces` ON CLUSTER `c\\`1` \(\n/);
    assert.match(texts[2] ?? '', /\) ENGINE = MergeTree\(\)\nPARTITION BY toDate\(Timestamp\)\n/);
    assert.match(texts[2] ?? '', /TTL toDateTime\(Timestamp\) \+ toIntervalHour\(36\)/);
    assert.match(texts[3] ?? '', /`otel`\.`otel_traces_trace_id_ts`/);
    assert.match(texts[4] ?? '', /VIEW .*`otel_traces_trace_id_ts_mv` .*TO `otel`\.`otel_traces_trace_id_ts`/);
    assert.deepEqual(
      server.inserts().map(({ rows }) => rows.length),
      [1, 2],
    );
    assert.equal(texts.length, 7);
  }));

test('sends only inserts without create_schema, to tables and an engine of any name', async (t) => {
  const config = { create_schema: false, metrics_table_name: 'm', traces_table_name: 'a`b\\' };
  await withServer(t, undefined, config, async (bench, server) => {
    await bench.send(batchOf('metrics', METRICS));
    await bench.send(sampleBatch('traces', 1));
    const tables = server.statements.map(({ text }) => /^INSERT INTO (\S+) /.exec(text)?.[1]);
    assert.deepEqual(tables, ['`default`.`m_gauge`', '`default`.`m_sum`', '`default`.`a\\`b\\\\`']);
  });
  const engine = { name: 'ReplicatedMergeTree', params: "'/p', '{r}'" };
  const named = { table_engine: engine, metrics_tables: { gauge: { name: 'g' } } };
  await withServer(t, undefined, named, async (bench, server) => {
    await bench.send(batchOf('metrics', METRICS));
    const created = server.statements.map(({ text }) => text).filter((text) => text.startsWith('CREATE'));
    assert.ok(created.every((text) => text.includes(`ENGINE = ReplicatedMergeTree('/p', '{r}')\n`)));
    assert.deepEqual(
      created.map((text) => /`default`\.`(\w+)`/.exec(text)?.[1]),
      ['g', 'otel_metrics_sum', 'otel_metrics_histogram', 'otel_metrics_exponential_histogram', 'otel_metrics_summary'],
    );
  });
});

test('uses full-text indexes and the column EventName if the server has them', async (t) => {
  for (const [version, columns] of [
    ['26.2.1.1', ['EventName']],
    ['25.8.1.1', []],
  ] as const) {
    const server = await startServer(t, undefined, { version, columns });
    const bench = await start(t, { endpoint: server.url });
    await bench.send(sampleBatch('logs', 1));
    const isNew = version.startsWith('26');
    assert.equal(server.statements[1]?.text.includes('TYPE text('), isNew);
    assert.equal(server.inserts()[0]?.text.includes('`EventName`'), isNew);
  }
});

test('sends credentials, settings and compressed rows', async (t) => {
  const endpoint = (server: FakeServer) => server.url.replace('://', '://ada:p%40w@');
  const server = await startServer(t);
  for (const [compress, coding] of [
    ['lz4', 'lz4'],
    ['true', 'lz4'],
    ['zstd', 'zstd'],
    ['gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['br', 'br'],
    ['none', undefined],
  ]) {
    const params = { max_execution_time: '60', max_open_conns: '5' };
    const bench = await start(t, {
      endpoint: `${endpoint(server)}/tele?async_insert=false`,
      compress,
      connection_params: params,
    });
    assert.equal((await bench.send(sampleBatch('logs', 3))).kind, 'accepted');
    const insert = server.inserts().at(-1);
    assert.match(insert?.text ?? '', /^INSERT INTO `tele`\.`otel_logs` \(/);
    assert.equal(insert?.headers['content-encoding'], coding);
    assert.equal(insert?.rows.length, 3);
    assert.deepEqual([insert?.headers['x-clickhouse-user'], insert?.headers['x-clickhouse-key']], ['ada', 'p@w']);
    assert.deepEqual(insert?.settings, {
      async_insert: '0',
      wait_for_async_insert: '1',
      date_time_input_format: 'best_effort',
      max_partitions_per_insert_block: '0',
      max_execution_time: '60',
    });
  }
});

/** Returns the outcomes of sending METRICS `sends` times, and the tables of the inserts. */
async function outcomesOf(t: TestContext, decide: Decide, sends = 1, config: Record<string, unknown> = {}) {
  const outcomes: Outcome[] = [];
  let tables: (string | undefined)[] = [];
  await withServer(t, decide, { create_schema: false, ...config }, async (bench, server) => {
    const batch = batchOf('metrics', METRICS);
    for (let i = 0; i < sends; i++) outcomes.push(await bench.send(batch));
    tables = server.inserts().map(({ text }) => /otel_metrics_(\w+)/.exec(text)?.[1]);
  });
  return { outcomes, tables };
}

test('goes on after the tables that have their rows when the batch is sent again', async (t) => {
  const decide: Decide = ({ text }, attempt) =>
    text.includes('_sum') && attempt < 3
      ? { status: 500, code: 241, message: 'Code: 241. DB::Exception: Memory limit exceeded' }
      : undefined;
  const { outcomes, tables } = await outcomesOf(t, decide, 2);
  assert.deepEqual(tables, ['gauge', 'sum', 'sum']);
  assert.deepEqual(outcomes, [
    {
      kind: 'retry',
      afterMillis: undefined,
      reason: 'the server responded 500: Code: 241. DB::Exception: Memory limit exceeded',
    },
    { kind: 'accepted' },
  ]);
});

test('retries what can succeed later, and rejects the rows of what cannot, with the reason of the server', async (t) => {
  const cases: readonly (readonly [status: number, code: number | undefined, kind: Outcome['kind']])[] = [
    [500, 241, 'retry'],
    [500, 252, 'retry'],
    [500, 202, 'retry'],
    [500, 999, 'retry'],
    [503, undefined, 'retry'],
    [429, undefined, 'retry'],
    [500, 123_456, 'retry'],
    [200, 241, 'retry'],
    [500, 16, 'refused'],
    [404, 60, 'refused'],
    [400, 27, 'refused'],
    [403, 516, 'refused'],
    [404, undefined, 'refused'],
    [200, 53, 'refused'],
  ];
  for (const [status, code, kind] of cases) {
    const message = `Code: ${code}. DB::Exception: why`;
    const { outcomes } = await outcomesOf(t, () => ({ status, message, ...(code !== undefined && { code }) }));
    assert.equal(outcomes[0]?.kind, kind, `${status} ${code}`);
    assert.ok(outcomes[0] && 'reason' in outcomes[0] && outcomes[0].reason.includes('DB::Exception: why'));
  }
  const { outcomes } = await outcomesOf(t, ({ text }) =>
    text.includes('_gauge') ? { status: 500, message: 'Code: 16. DB::Exception: No such column' } : undefined,
  );
  assert.deepEqual(outcomes, [
    {
      kind: 'partial',
      rejectedItems: 2,
      reason: 'the server responded 500: Code: 16. DB::Exception: No such column',
    },
  ]);
});

test('creates tables again that were dropped', (t) => {
  let isMissing = true;
  const decide: Decide = ({ text }) => {
    if (!text.startsWith('INSERT') || !isMissing) return undefined;
    isMissing = false;
    return { status: 404, code: 60, message: 'Code: 60. DB::Exception: Table does not exist' };
  };
  return withServer(t, decide, {}, async (bench, server) => {
    const batch = sampleBatch('traces', 1);
    assert.equal((await bench.send(batch)).kind, 'retry');
    assert.equal((await bench.send(batch)).kind, 'accepted');
    assert.equal(server.statements.filter(({ text }) => text.startsWith('CREATE TABLE')).length, 4);
  });
});

test('keeps batches until the tables can be created', (t) =>
  withServer(
    t,
    (_, attempt) => (attempt === 2 ? { status: 500, code: 999, message: 'Code: 999. Keeper' } : undefined),
    {},
    async (bench, server) => {
      const batch = sampleBatch('logs', 1);
      const first = await bench.send(batch);
      assert.ok(first.kind === 'retry' && first.reason.startsWith('cannot create tables: the server responded 500'));
      assert.equal((await bench.send(batch)).kind, 'accepted');
      assert.equal(server.inserts().length, 1);
    },
  ));

test('tries the next server if one does not respond', async (t) => {
  const [first, second] = [await startServer(t), await startServer(t)];
  const endpoint = `http://127.0.0.1:${first.port},127.0.0.1:${second.port}`;
  const turns = await start(t, {
    endpoint,
    create_schema: false,
    connection_params: { connection_open_strategy: 'round_robin' },
  });
  for (let i = 0; i < 4; i++) await turns.send(sampleBatch('traces', 1));
  assert.deepEqual([first.inserts().length, second.inserts().length], [2, 2]);
  const bench = await start(t, { endpoint, create_schema: false });
  await bench.send(sampleBatch('traces', 1));
  await first.close();
  assert.equal((await bench.send(sampleBatch('traces', 1))).kind, 'accepted');
  assert.deepEqual([first.inserts().length, second.inserts().length], [3, 3]);
  await second.close();
  const none = await bench.send(sampleBatch('traces', 1));
  assert.ok(none.kind === 'retry' && none.unreachable === true);
});

test('says which port to use instead of one of the native protocol', async () => {
  const expected: Readonly<Record<string, RegExp>> = {
    'tcp://ch:9000?dial_timeout=10s': /expected the HTTP interface, such as http:\/\/ch:8123, got tcp:\/\/ch:9000/,
    'tcp://ch:19000': /such as http:\/\/ch:8123/,
    'clickhouse://u:p@ch:9440': /such as https:\/\/ch:8443, got clickhouse:\/\/ch:9440/,
    'clickhouse://ch': /such as http:\/\/ch:8123/,
    'tcp://a:8123,tcp://b:9000?secure=true': /such as https:\/\/b:8443/,
    'http://ch:9000': /such as http:\/\/ch:8123/,
    '127.0.0.1:8123': /expected a URL such as http:\/\/127.0.0.1:8123, got "127.0.0.1:8123"/,
    'redis://u:secret@ch': /got "redis:\/\/…@ch"/,
    'http://': /expected a URL/,
    'http://ch:8123?compress=rar': /expected compress to be one of true, none, lz4/,
  };
  for (const [endpoint, message] of Object.entries(expected))
    await assert.rejects(createComponentBench(clickhouse, { config: { endpoint } }), message, endpoint);
  for (const endpoint of ['clickhouse://ch:8123/db?secure=true', 'tcp://ch:8443', 'https://ch', 'http://[::1]:8123'])
    assert.ok(await createComponentBench(clickhouse, { config: { endpoint } }), endpoint);
});

test('loses nothing while the server is away', async (t) => {
  const before = await startServer(t);
  const retry_on_failure = { initial_interval: '10ms', max_interval: '20ms' };
  const bench = await startBench(t, { endpoint: before.url, retry_on_failure });
  await bench.send(sampleBatch('logs', 1));
  while (before.inserts().length === 0) await new Promise(setImmediate);
  await before.close();
  for (const items of [2, 3, 4]) await bench.send(sampleBatch('logs', items));
  const after = await startServer(t, undefined, { port: before.port });
  while (after.inserts().length < 3) await new Promise(setImmediate);
  assert.equal((await bench.service.drain()).lostItems, 0);
  const rows = [...before.inserts(), ...after.inserts()].map(({ rows: each }) => each.length);
  assert.deepEqual(rows.sort(), [1, 2, 3, 4]);
});
