import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openStore, openStoreReadOnly } from '@otelier/store';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { printed, withTempDirectory } from '../otelier.testing.ts';
import { type ImportOptions, importCommand } from './command.ts';

async function run(files: readonly string[], options: Partial<ImportOptions>) {
  const { stdout } = await printed((console) =>
    importCommand(files, { endpoint: 'http://127.0.0.1:1', json: true, ...options }, console),
  );
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  return { code, report: JSON.parse(stdout) };
}

async function write(path: string, statement: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${statement}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
}

async function query(directory: string, statement: string) {
  const store = await openStoreReadOnly(directory);
  const result = await store.sql?.query({ tenant: 'default', statement });
  await store.close();
  return result?.rows;
}

async function exported(directory: string, signal: 'traces' | 'metrics' | 'logs'): Promise<Buffer> {
  const store = await openStoreReadOnly(directory);
  const parts = await Array.fromAsync(store.export({ tenant: 'default', signal }));
  await store.close();
  return Buffer.concat(parts);
}

test('restores data files of a store exactly', () =>
  withTempDirectory(async (directory) => {
    const source = join(directory, 'source');
    const store = await openStore({ directory: source, retentionMillis: Number.MAX_SAFE_INTEGER });
    for (const signal of ['traces', 'metrics', 'logs'] as const) await store.append(sampleBatch(signal, 120));
    await store.flush();
    await store.close();
    const files = readdirSync(join(source, 'data'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.parquet'))
      .map((name) => join(source, 'data', name));
    const data = join(directory, 'data');
    const { code, report } = await run(files, { data });
    assert.deepEqual([code, report.files.map((file: { items: number }) => file.items)], [0, [120, 120, 120]]);
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      assert.ok((await exported(data, signal)).equals(await exported(source, signal)), signal);
    }
  }));

const TRACE = '0af7651916cd43dd8448eb211c80319c';

test('reads the columns of otel_traces, and names rows that are not valid', () =>
  withTempDirectory(async (directory) => {
    const file = join(directory, 'otel_traces.parquet');
    const row = (trace: string, name: string, kind: string) =>
      `SELECT TIMESTAMP_NS '2026-11-30 12:00:00.123456789' AS "Timestamp", '${trace}' AS "TraceId", '00f067aa0ba902b7' AS "SpanId",
       '' AS "ParentSpanId", '${name}' AS "SpanName", '${kind}' AS "SpanKind", 'shop' AS "ServiceName", MAP {'host.name': 'a'} AS "ResourceAttributes",
       MAP {'http.route': '/cart'} AS "SpanAttributes", 1500000::UBIGINT AS "Duration", 'Error' AS "StatusCode", 'no' AS "StatusMessage"`;
    await write(
      file,
      [row(TRACE, 'GET', 'Server'), row('xyz', 'bad', 'Server'), row(TRACE, 'call', 'Nothing')].join(' UNION ALL '),
    );
    const data = join(directory, 'data');
    const { code, report } = await run([file], { data });
    assert.equal(code, 1);
    assert.deepEqual(report.files[0].refusedRecords, [
      { place: 'row 2', reason: 'trace_id: expected 32 hexadecimal digits, got "xyz"' },
      {
        place: 'row 3',
        reason: 'kind: expected one of UNSPECIFIED, INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER, got "Nothing"',
      },
    ]);
    const statement = `SELECT trace_id, name, kind, start_time, duration_ns, status_code, status_message, service_name,
      attributes->>'http.route', resource_attributes->>'host.name' FROM spans`;
    assert.deepEqual(await query(data, statement), [
      [TRACE, 'GET', 'SERVER', '2026-11-30T12:00:00.123456789Z', 1_500_000, 'ERROR', 'no', 'shop', '/cart', 'a'],
    ]);
  }));

test('maps plain columns, continues after the rows of an earlier run, and explains unknown columns', () =>
  withTempDirectory(async (directory) => {
    const file = join(directory, 'plain.parquet');
    await write(
      file,
      "SELECT 1764504000 + range AS ts, 'line ' || range AS message, 'web' AS host, range AS n FROM range(2500)",
    );
    const data = join(directory, 'data');
    await assert.rejects(run([file], { data }), /expected the columns of spans or logs, .* got ts, message, host, n/);
    await assert.rejects(run([file], { data, map: ['ts=time'] }), /--map: expected --signal/);
    await assert.rejects(
      run([file], { data, signal: 'logs', map: ['ts=when'] }),
      /expected a field of logs .* got "when"/,
    );
    await assert.rejects(
      run([file], { data, signal: 'logs', map: ['t=time'] }),
      /expected one of the columns ts, message/,
    );
    const map = ['ts=time', 'message=body', 'host=resource.attributes.host.name', 'n=attributes.n'];
    const { code, report } = await run([file], { data, signal: 'logs', map });
    assert.deepEqual([code, report.files[0].items, report.files[0].isDone], [0, 2500, true]);
    const again = await run([file], { data, signal: 'logs', map });
    assert.deepEqual([again.report.files[0].items, again.report.files[0].skippedRecords], [0, 2500]);
    const statement = `SELECT count(*), min(time), max(body), sum((attributes->>'n')::INT), max(resource_attributes->>'host.name') FROM logs`;
    assert.deepEqual(await query(data, statement), [
      [2500, '2025-11-30T12:00:00.000000000Z', 'line 999', (2500 * 2499) / 2, 'web'],
    ]);
  }));
