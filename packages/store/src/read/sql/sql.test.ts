import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { anyValue, keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import { QueryError, QueryLimitError, type SqlRequest, type SqlResult, type Store } from '../../contract.ts';
import { openStore } from '../../open.ts';
import { RELATION_NAMES } from './relations.ts';

const START = BigInt(Math.floor(Date.now() / 1000) - 3600) * 1_000_000_000n;
const ENDLESS = 'SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE (a.range + b.range) % 7 = 8';
const at = (i: number): bigint => START + BigInt(i) * 1_000_000n + 7n;

let directory: string;
let store: Store;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otelier-sql-'));
  store = await openStore({ directory: join(directory, 'store') });
  for (const [tenant, flush] of [
    ['default', true],
    ['default', false],
    ['other', true],
  ] as const) {
    await writeTelemetry(tenant);
    if (flush) await store.flush();
  }
});
after(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

async function writeTelemetry(tenant: string): Promise<void> {
  const spans = Array.from({ length: 100 }, (_, i) => ({
    traceId: (i % 10).toString(16).padStart(32, 'a'),
    spanId: i.toString(16).padStart(16, 'b'),
    ...(i > 0 && { parentSpanId: 'c'.repeat(16) }),
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: at(i).toString(),
    endTimeUnixNano: (at(i) + 1234n).toString(),
    status: { code: i % 4 === 0 ? 2 : 0, message: i % 4 === 0 ? 'boom' : '' },
    attributes: keyValues({
      'http.route': i % 2 === 0 ? '/cart' : '/pay',
      items: i,
      big: 9_007_199_254_740_993n,
      ...(i === 5 && { rare: 'once', 'it\'s "odd"': 1.5 }),
      secret: tenant,
    }),
    events: [{ name: 'e', timeUnixNano: at(i).toString(), attributes: keyValues({ k: 'v' }) }],
  }));
  const resource = { attributes: keyValues({ 'service.name': 'web' }) };
  const scopeSpans = [{ scope: { name: 'tests' }, spans }];
  await store.append(batchOf('traces', { resourceSpans: [{ resource, scopeSpans }] }, { tenant }));
  const logRecords = [
    { timeUnixNano: at(0).toString(), severityNumber: 17, severityText: 'ERROR', body: anyValue('no') },
  ];
  await store.append(
    batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 't' }, logRecords }] }] }, { tenant }),
  );
  const metrics = [
    { name: 'queue', unit: '1', gauge: { dataPoints: [{ timeUnixNano: at(0).toString(), asInt: 5 }] } },
    {
      name: 'size',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [{ timeUnixNano: at(0).toString(), count: 3, sum: 4.5, bucketCounts: [1, 2], explicitBounds: [2] }],
      },
    },
  ];
  await store.append(
    batchOf(
      'metrics',
      { resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 't' }, metrics }] }] },
      { tenant },
    ),
  );
}

function sql(statement: string, further: Partial<SqlRequest> = {}) {
  assert.ok(store.sql !== undefined);
  return store.sql.query({ tenant: 'default', statement, ...further });
}

async function rows(statement: string): Promise<SqlResult['rows']> {
  return (await sql(statement)).rows;
}

describe('SQL', () => {
  test('has the relations and columns that scripts rely on, with their types', async () => {
    const types = async (relation: string) =>
      Object.fromEntries(
        (await sql(`SELECT * FROM ${relation} LIMIT 0`)).columns.map(({ name, type }) => [name, type]),
      );
    const text = 'VARCHAR';
    const common = { service_name: text, attributes: 'JSON', resource_attributes: 'JSON', scope_name: text };
    const spans = await types('spans');
    assert.deepEqual(spans, {
      ...spans,
      ...common,
      trace_id: text,
      span_id: text,
      parent_span_id: text,
      name: text,
      kind: text,
      start_time: 'TIMESTAMP_NS',
      duration_ns: 'BIGINT',
      status_code: text,
      status_message: text,
      events: 'JSON',
      links: 'JSON',
    });
    const logs = await types('logs');
    assert.deepEqual(logs, {
      ...logs,
      ...common,
      time: 'TIMESTAMP_NS',
      observed_time: 'TIMESTAMP_NS',
      severity_number: 'INTEGER',
      severity_text: text,
      body: text,
      trace_id: text,
      span_id: text,
      event_name: text,
    });
    const points = await types('metric_points');
    assert.deepEqual(points, {
      ...points,
      ...common,
      time: 'TIMESTAMP_NS',
      start_time: 'TIMESTAMP_NS',
      name: text,
      kind: text,
      unit: text,
      value: 'DOUBLE',
      count: 'BIGINT',
      sum: 'DOUBLE',
    });
  });

  test('gives values ready for JSON', async () => {
    const [row] = await rows(
      "SELECT trace_id, span_id, kind, status_code, start_time, duration_ns, attributes, events FROM spans WHERE (attributes->>'rare') = 'once'",
    );
    const [seconds, nanos] = [Number(at(5) / 1_000_000_000n), at(5) % 1_000_000_000n];
    assert.deepEqual(row, [
      '5'.padStart(32, 'a'),
      '5'.padStart(16, 'b'),
      'SERVER',
      'UNSET',
      `${new Date(seconds * 1000).toISOString().slice(0, -5)}.${String(nanos).padStart(9, '0')}Z`,
      1234,
      {
        'http.route': '/pay',
        items: 5,
        big: '9007199254740993',
        rare: 'once',
        'it\'s "odd"': 1.5,
        secret: 'default',
      },
      [{ time: String(at(5)), name: 'e', attributes: { k: 'v' } }],
    ]);
    assert.deepEqual(
      await rows('SELECT 9007199254740993::BIGINT, 12::HUGEINT, 1.5::DECIMAL(5,2), NULL, [1, 2], {a: 1}'),
      [['9007199254740993', 12, 1.5, null, [1, 2], { a: 1 }]],
    );
  });

  test('sees rows in files and new rows of its tenant only', async () => {
    assert.deepEqual(await rows("SELECT count(*), list(DISTINCT attributes->>'secret') FROM spans"), [
      [200, ['default']],
    ]);
    const otherTenant = await sql('SELECT count(*) FROM spans', { tenant: 'unused' });
    assert.deepEqual(otherTenant.rows, [[0]]);
    assert.deepEqual(
      await rows("SELECT name, value, count, sum, bucket_counts FROM metric_points WHERE name = 'size' LIMIT 1"),
      [['size', null, 3, 4.5, [1, 2]]],
    );
    assert.deepEqual(await rows('SELECT severity_text, body FROM logs LIMIT 1'), [['ERROR', 'no']]);
  });

  const sameReplies: readonly string[] = [
    "SELECT count(*) FROM spans WHERE (attributes->>'http.route') = '/cart'",
    "SELECT * FROM spans WHERE (attributes->>'items') = '7' ORDER BY start_time",
    "SELECT s.* FROM spans s WHERE (s.attributes->>'rare') = 'once'",
    "SELECT attributes->>'http.route', count(*) AS n FROM spans GROUP BY 1 ORDER BY 1",
    "SELECT upper(attributes->>'http.route') FROM spans ORDER BY start_time LIMIT 3",
    "SELECT attributes->>'it''s \"odd\"' FROM spans WHERE (attributes->>'rare') IS NOT NULL",
    "WITH x AS (SELECT attributes FROM spans) SELECT attributes->>'items' FROM x ORDER BY 1 LIMIT 5",
    "SELECT attributes->>'a' FROM (SELECT '{\"a\":1}'::JSON AS attributes FROM spans LIMIT 1)",
    "SELECT attributes->>'$.items' FROM spans ORDER BY start_time LIMIT 3",
    "SELECT a.attributes->>'items', b.body FROM spans a JOIN logs b ON true ORDER BY a.start_time LIMIT 3",
    "SELECT attributes->>'big', attributes->>'nowhere' FROM spans LIMIT 1",
    "SELECT attributes->>'items', 9007199254740993, 0.1, 1e300 FROM spans WHERE (attributes->>'big') = '9007199254740993' ORDER BY start_time LIMIT 1",
    "WITH spans AS (SELECT '{\"items\":1}'::JSON AS attributes) SELECT attributes->>'items' FROM spans",
    "SELECT name FROM spans WHERE (attributes->>'items')::INT > 90 AND kind = 'SERVER' ORDER BY attributes->>'items'",
  ];
  for (const statement of sameReplies) {
    test(`reads attributes from columns as from JSON: ${statement}`, async () => {
      // An equivalent operator that the optimizer does not recognize.
      const slow = statement.replaceAll(/([\w.]*attributes)->>('(?:[^']|'')*')/g, 'json_extract_string($1, $2)');
      const [fast, expected] = [await sql(statement), await sql(slow)];
      assert.deepEqual(fast.rows, expected.rows);
      assert.ok(fast.rows.length > 0);
      assert.deepEqual(
        fast.columns.map(({ type }) => type),
        expected.columns.map(({ type }) => type),
      );
    });
  }

  test('names columns like the statement', async () => {
    const { columns } = await sql("SELECT s.attributes->>'items', count(*) AS n FROM spans s GROUP BY 1");
    assert.deepEqual(
      columns.map(({ name }) => name),
      ["(s.attributes ->> 'items')", 'n'],
    );
    const { columns: all } = await sql("SELECT * FROM spans WHERE (attributes->>'items') = '1'");
    assert.equal(all.filter(({ name }) => name.includes('->>')).length, 0);
  });

  test('describes relations and lists them', async () => {
    assert.ok((await rows('DESCRIBE spans')).some(([name]) => name === 'trace_id'));
    assert.deepEqual((await rows('SHOW TABLES')).flat().sort(), [...RELATION_NAMES].sort());
    assert.ok((await rows('SUMMARIZE logs')).length > 5);
  });
});

describe('SQL of users', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ["SELECT * FROM read_text('/etc/passwd')", /table function read_text is not available/],
    ["SELECT * FROM read_csv('/etc/passwd')", /read_csv/],
    ["SELECT * FROM '/etc/passwd'", /expected one of the relations/],
    ["SELECT (SELECT count(*) FROM '/etc/passwd.csv')", /expected one of the relations/],
    ["SELECT * FROM glob('/**')", /table function glob/],
    ["SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')", /table function query/],
    ["SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))", /not available/],
    ['SELECT * FROM duckdb_settings()', /table function duckdb_settings/],
    ['SELECT * FROM duckdb_views()', /table function duckdb_views/],
    ['SELECT * FROM enable_logging()', /table function enable_logging/],
    ["SELECT current_setting('allowed_directories')", /function current_setting/],
    ["SELECT write_log('x')", /function write_log/],
    ["SELECT getenv('HOME')", /function getenv/],
    ["COPY spans TO 'x.parquet'", /SELECT/],
    ["COPY (SELECT 1) TO '/tmp/otelier-copied.csv'", /SELECT/],
    ["EXPLAIN ANALYZE COPY (SELECT 1) TO 'x.csv'", /SELECT/],
    ["EXPORT DATABASE 'x'", /SELECT/],
    ["ATTACH 'x.db'", /SELECT/],
    ['INSTALL httpfs', /SELECT/],
    ['LOAD httpfs', /SELECT/],
    ['PRAGMA database_list', /SELECT/],
    ['PRAGMA threads = 4', /SELECT/],
    ["SET memory_limit = '10GB'", /SELECT/],
    ['RESET memory_limit', /SELECT/],
    ['CALL duckdb_settings()', /SELECT/],
    ['CREATE TABLE t (a INT)', /SELECT/],
    ['DROP VIEW spans', /SELECT/],
    ['INSERT INTO spans VALUES (1)', /SELECT/],
    ['DELETE FROM spans', /SELECT/],
    ['BEGIN', /SELECT/],
    ['PREPARE p AS SELECT 1', /SELECT/],
    ['SELECT 1; SELECT 2', /expected one statement, got 2/],
    ["SELECT 1; COPY (SELECT 1) TO 'x.csv'", /SELECT|one statement/],
    ['', /expected one statement, got 0/],
    ['SELECT $1', /without parameters/],
    ['SELEC 1', /syntax error/i],
    ["SELECT 'é',\n  count(* FROM spans", /^SQL: line 2, column 11: syntax error at or near "FROM"$/],
    ['SELECT nowhere FROM spans', /nowhere/],
    ['SELECT * FROM nowhere', /nowhere/],
    ["SELECT 'x'::INT", /Could not convert/],
  ];
  for (const [statement, reason] of refused) {
    test(`is rejected: ${statement || 'nothing'}`, async () => {
      await assert.rejects(sql(statement), (error) => {
        assert.ok(error instanceof QueryError, String(error));
        assert.match(error.message, reason);
        return true;
      });
    });
  }

  test('cannot read files, including those of another tenant, even if its text is accepted', async () => {
    const { TenantDatabase } = await import('../duck/database.ts');
    const root = join(directory, 'store');
    const database = await TenantDatabase.open('default', { directory: root, threads: 1, memoryLimitBytes: 64 << 20 });
    const connection = await database.connect();
    const otherFiles = readdirSync(join(root, 'data', 'other'), { recursive: true, withFileTypes: true });
    const [other] = otherFiles.filter((entry) => entry.name.endsWith('.parquet'));
    assert.ok(other !== undefined);
    const path = join(other.parentPath, other.name);
    writeFileSync(join(directory, 'outside.csv'), 'a\n1\n');
    for (const statement of [
      `SELECT * FROM read_parquet('${path}')`,
      `SELECT * FROM '${path}'`,
      `SELECT * FROM read_parquet('${root}/data/default/../other/**/*.parquet')`,
      `SELECT * FROM glob('${root}/data/**')`,
      `SELECT * FROM '${directory}/outside.csv'`,
      "SELECT * FROM read_text('/etc/passwd')",
      `SELECT * FROM read_text('${root}/store.json')`,
      `COPY (SELECT 1) TO '${directory}/copied.csv'`,
      `ATTACH '${directory}/x.db'`,
      'INSTALL httpfs',
      "SET memory_limit = '10GB'",
      'SET enable_external_access = true',
      'SET lock_configuration = false',
    ]) {
      await assert.rejects(connection.run(statement), /Permission Error|Invalid Input Error|IO Error/, statement);
    }
    assert.ok(!existsSync(join(directory, 'copied.csv')));
    connection.closeSync();
    database.close();
  });

  test('is truncated at its row limit', async () => {
    const result = await sql('SELECT range FROM range(100000)', { maxRows: 5000 });
    assert.deepEqual([result.rows.length, result.truncated, result.rows.at(-1)], [5000, true, [4999]]);
    assert.equal((await sql('SELECT range FROM range(5000)', { maxRows: 5000 })).truncated, false);
    await assert.rejects(sql('SELECT 1', { maxRows: 0 }), /maxRows: expected a whole number/);
  });

  test('is stopped at its timeout, and the next statement runs', async () => {
    await assert.rejects(sql(ENDLESS, { timeoutMillis: 100 }), (error) => {
      assert.ok(error instanceof QueryError);
      assert.match(error.message, /took longer than 100 ms; a shorter time range/);
      return true;
    });
    assert.deepEqual(await rows('SELECT 1'), [[1]]);
  });

  test('leaves capacity for other queries while it runs', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let ended = 0;
    const slow = [1, 2, 3].map(() =>
      assert.rejects(sql(ENDLESS, { signal }), /the query was canceled/).finally(() => ended++),
    );
    assert.equal((await store.services({ tenant: 'default', start: 0n, end: START * 2n })).length, 1);
    assert.equal(ended, 0);
    controller.abort();
    await Promise.all(slow);
  });

  test('is rejected when it exceeds its memory limit or result limit', async () => {
    // On a busy machine, either takes longer than the default timeout.
    const timeoutMillis = 300_000;
    const greedy = 'SELECT list(r) FROM (SELECT md5(range::VARCHAR) || md5(range::VARCHAR) AS r FROM range(10000000))';
    await assert.rejects(sql(greedy, { timeoutMillis }), (error) => {
      assert.ok(error instanceof QueryLimitError);
      assert.match(error.message, /stopped at the memory limit of \d+ MB/);
      return true;
    });
    const much = 'SELECT md5(range::VARCHAR) || md5(range::VARCHAR) || md5(range::VARCHAR) FROM range(1000000)';
    await assert.rejects(sql(much, { maxRows: 1_000_000, timeoutMillis }), /result is larger than \d+ bytes/);
    assert.deepEqual(await rows('SELECT 1'), [[1]]);
  });
});
