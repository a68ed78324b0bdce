import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { QueryError } from '../../contract.ts';
import { DuckClient } from './client.ts';
import type { Statement, StatementLimits } from './protocol.ts';

const LIMITS: StatementLimits = { timeoutMillis: 10_000, maxRows: 100_000, maxResultBytes: 1 << 20 };
const ENDLESS = 'SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE (a.range + b.range) % 7 = 8';

let directory: string;
let client: DuckClient;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otelier-duck-'));
  client = new DuckClient({ directory, threads: 1, memoryLimitBytes: 128 << 20 });
});
after(async () => {
  await client.close();
  await rm(directory, { recursive: true });
});

function statement(text: string, further: Partial<Statement> = {}): Statement {
  return { tenant: 'default', text, parameters: {}, limits: LIMITS, ...further };
}

describe('DuckClient', () => {
  test('binds parameters by name and keeps every type', async () => {
    const text =
      'SELECT $b::BIGINT AS b, $t::VARCHAR AS t, $n::DOUBLE AS n, $f::BOOLEAN AS f, make_timestamp_ns($b) AS time';
    const parameters = { b: 9_007_199_254_740_993n, t: "it's; DROP", n: 1.5, f: true };
    const { columns, rowCount, truncated } = await client.run(statement(text, { parameters }));
    assert.deepEqual(
      columns.map(({ name, values }) => [name, values[0]]),
      [
        ['b', 9_007_199_254_740_993n],
        ['t', "it's; DROP"],
        ['n', 1.5],
        ['f', true],
        ['time', 9_007_199_254_740_993n],
      ],
    );
    assert.deepEqual([rowCount, truncated], [1, false]);
  });

  test('limits the memory of the statements of a tenant, and of no other', async () => {
    // Takes about 60 MB.
    const run = (memoryBytes: number | undefined, tenant = 'default') =>
      client.run(
        statement('SELECT count(DISTINCT range) FROM range(1000000)', { tenant, limits: { ...LIMITS, memoryBytes } }),
      );
    await assert.rejects(run(20 << 20), { name: 'QueryError', message: /the query exceeds its memory limit/ });
    for (const bytes of [100 << 20, 1 << 30, undefined]) assert.equal((await run(bytes)).rowCount, 1);
    await assert.rejects(run(20 << 20), { name: 'QueryError', message: /the query exceeds its memory limit/ });
    assert.equal((await run(undefined, 'umbra')).rowCount, 1);
    assert.equal((await client.run(statement('SELECT 1', { limits: { ...LIMITS, memoryBytes: 1 } }))).rowCount, 1);
  });

  test('cancels a running and a queued statement when their caller leaves', async () => {
    const callers = Array.from({ length: 4 }, () => new AbortController());
    const statements = callers.map(({ signal }, i) =>
      assert.rejects(client.run(statement(ENDLESS), { client: `${i}`, signal }), {
        name: 'QueryError',
        message: /^the query was canceled/,
      }),
    );
    for (const caller of callers.toReversed()) caller.abort();
    await Promise.all(statements);
    assert.equal((await client.run(statement('SELECT 1 AS x'))).rowCount, 1);
    await assert.rejects(client.run(statement('SELECT 1'), { client: '', signal: AbortSignal.abort() }), QueryError);
  });

  test('returns results while other statements run', async () => {
    const slow = assert.rejects(
      client.run(statement(ENDLESS, { limits: { ...LIMITS, timeoutMillis: 300 } })),
      /took longer than 300 ms/,
    );
    assert.equal((await client.run(statement('SELECT 1 AS x'))).columns[0]?.values[0], 1);
    await slow;
  });

  test('streams the rows of a large result, and stops when the caller stops reading', async () => {
    const limits = { ...LIMITS, maxRows: 4096 };
    const sizes: number[] = [];
    let sum = 0;
    for await (const { columns, rowCount } of client.stream(
      statement('SELECT range AS r FROM range(20000)', { limits }),
    )) {
      sizes.push(rowCount);
      for (const value of columns[0]?.values ?? []) sum += Number(value);
    }
    assert.equal(sum, (19_999 * 20_000) / 2);
    assert.ok(sizes.length >= 4, `${sizes}`);
    for (let i = 0; i < 3; i++) {
      for await (const { rowCount } of client.stream(statement('SELECT range FROM range(1000000000000)', { limits }))) {
        assert.ok(rowCount >= 2048);
        break;
      }
    }
    assert.equal((await client.run(statement('SELECT 3 AS x'))).columns[0]?.values[0], 3);
  });

  test('runs the next statement after a failed one', async () => {
    await assert.rejects(client.run(statement("SELECT 'x'::INT")), QueryError);
    await assert.rejects(client.run(statement('SELECT * FROM nowhere')), QueryError);
    assert.equal((await client.run(statement('SELECT 2 AS x'))).columns[0]?.values[0], 2);
  });

  test('reports each time that a database cannot be opened, and that it is closed', async () => {
    const own = new DuckClient({ directory, threads: 0, memoryLimitBytes: 64 << 20 });
    for (let time = 0; time < 2; time++) await assert.rejects(own.run(statement('SELECT 1')), /thread|config/i);
    await own.close();
    await own.close();
    await assert.rejects(own.run(statement('SELECT 1')), /the store is closed/);
  });

  test('close() ends at once and fails running statements', async () => {
    const own = new DuckClient({ directory, threads: 1, memoryLimitBytes: 64 << 20 });
    await own.run(statement('SELECT 1'));
    const running = assert.rejects(own.run(statement(ENDLESS)), /the store is closed/);
    await own.close();
    await running;
  });

  test('keeps no footers of the many files that the tail has had', async () => {
    // Its thread is not one that tests with statements without end have used, which may be replaced.
    const own = new DuckClient({ directory, threads: 1, memoryLimitBytes: 128 << 20 });
    const tail = join(directory, 'tail', 'default', 'traces');
    await mkdir(tail, { recursive: true });
    const footerBytes = async (): Promise<number> => {
      const text =
        "SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'";
      const { columns } = await own.run(statement(text));
      return Number(columns[0]?.values[0]);
    };
    const file = join(import.meta.dirname, '..', '..', 'parquet', 'no-checksums.parquet');
    const read = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const path = join(tail, `${index}.parquet`);
        await copyFile(file, path);
        await own.run(statement(`SELECT count(*) FROM read_parquet('${path}') WHERE service_name = 'x'`));
        await rm(path);
      }
    };
    await read(40);
    const ofForty = await footerBytes();
    assert.ok(ofForty > 0, 'footers are kept');
    await read(600);
    assert.ok((await footerBytes()) < 3 * ofForty, `${await footerBytes()} bytes, ${ofForty} of forty files`);
    await own.close();
  });
});
