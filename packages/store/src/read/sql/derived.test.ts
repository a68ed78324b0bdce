import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { anyValue, keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import { QueryError, type SqlResult, type Store } from '../../contract.ts';
import { openStore } from '../../open.ts';

const START = BigInt(Math.floor(Date.now() / 60_000) - 60) * 60_000_000_000n;

let directory: string;
let store: Store;

describe('views and macros for common questions', () => {
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'otelier-derived-'));
    store = await openStore({ directory: join(directory, 'store') });
    for (const version of ['1.0', '1.1']) {
      const resource = { attributes: keyValues({ 'service.name': 'shop', 'service.version': version }) };
      const start = START + (version === '1.1' ? 60_000_000_000n : 0n);
      const span = (i: number, kind: number, failed: boolean) => ({
        traceId: version.padStart(32, 'a').replace('.', 'b'),
        spanId: `${i}`.padStart(16, '0'),
        ...(kind === 3 && { parentSpanId: '1'.repeat(16) }),
        ...{ name: kind === 3 ? 'SELECT cart' : 'GET /cart', kind, startTimeUnixNano: `${start + BigInt(i)}` },
        endTimeUnixNano: `${start + BigInt(i) + 2_000_000n}`,
        status: { code: failed ? 2 : 0 },
      });
      const served = Array.from({ length: 4 }, (_, i) => span(i, 2, version === '1.1' && i < 2));
      const called = Array.from({ length: 12 }, (_, i) => span(100 + i, 3, false));
      await store.append(
        batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [...served, ...called] }] }] }),
      );
      const logRecords = [7, 12].map((item) => ({
        ...{ timeUnixNano: `${start}`, severityNumber: 9, severityText: 'INFO' },
        body: anyValue(`added item ${item} for 0af7651916cd43dd8448eb211c80319c`),
      }));
      await store.append(batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }));
    }
  });
  after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });

  const query = async (statement: string): Promise<SqlResult> => {
    return (await store.sql?.query({ tenant: 'default', statement })) ?? assert.fail('no SQL');
  };
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ['SELECT service_name, version, spans, logs FROM services', [['shop', '1.1', 32, 4]]],
    [
      'SELECT requests, errors, p50_ms FROM red()',
      [
        [4, 0, 2],
        [4, 2, 2],
      ],
    ],
    ['SELECT requests FROM red(step := INTERVAL 1 DAY)', [[8]]],
    ['SELECT name, calls, time_share FROM slow_routes()', [['GET /cart', 8, 1]]],
    [
      'SELECT name, calls, total_ms FROM n_plus_one(min_calls := 5)',
      [
        ['SELECT cart', 12, 24],
        ['SELECT cart', 12, 24],
      ],
    ],
    ['SELECT count(*) FROM N_PLUS_ONE(min_calls := 20)', [[0]]],
    [
      'SELECT version, error_rate FROM error_rate_by_release()',
      [
        ['1.0', 0],
        ['1.1', 0.5],
      ],
    ],
    ['SELECT pattern, records FROM log_patterns()', [['added item <*> for <*>', 4]]],
    ['SELECT r.requests FROM red() r JOIN services s USING (service_name) ORDER BY time LIMIT 1', [[4]]],
  ];
  for (const [statement, rows] of cases) {
    test(statement, async () => assert.deepEqual((await query(statement)).rows, rows));
  }

  test('tables of the caller are relations, whatever their text', async () => {
    const columns = [
      { name: 'it"s', type: 'VARCHAR' },
      { name: 'n', type: 'BIGINT' },
    ] as const;
    const texts = ["'); DROP VIEW spans; --", 'a\0b', 'ž"', ''];
    const tables = [
      { name: 'edges', columns, rows: texts.map((text, index) => [text, index]) },
      { name: 'ledger', columns, rows: [] },
    ];
    const read = async (statement: string) => (await store.sql?.query({ tenant: 'default', statement, tables }))?.rows;
    assert.deepEqual(
      await read('FROM edges ORDER BY n'),
      texts.map((text, index) => [text.replace('\0', '\ufffd'), index]),
    );
    assert.deepEqual(await read('SELECT count(*), max(n) FROM ledger'), [[0, null]]);
    assert.deepEqual(await read('SELECT count(*) FROM edges, spans'), [[4 * 32]]);
    await assert.rejects(query('FROM edges'), /edges/);
  });

  test('explains a statement instead of running it', async () => {
    const { columns, rows } = await query("EXPLAIN SELECT count(*) FROM spans WHERE name = 'GET /cart'");
    assert.deepEqual(
      columns.map(({ name }) => name),
      ['operators', 'plan'],
    );
    assert.match(String(rows[0]?.[1]), /READ_PARQUET/);
  });

  test('explains only what may be run', async () => {
    for (const statement of [
      "EXPLAIN SELECT * FROM read_text('/etc/passwd')",
      'EXPLAIN DROP VIEW spans',
      'EXPLAIN ANALYZE SELECT 1',
    ]) {
      await assert.rejects(query(statement), QueryError, statement);
    }
  });
});
