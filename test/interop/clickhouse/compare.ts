import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Batch, localContext, normalizeRequest } from '@otelier/otlp';
import { type ComponentBench, createComponentBench, hostileRequest } from '@otelier/testkit';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { systemClock } from '@otelier/transport';
import { clickhouse } from '../../../packages/collector/src/exporters/clickhouse.ts';
import type { Comparison } from '../check.ts';
import { runStep, startServer } from '../processes.ts';
import { ITEM_TABLES, parseRow, type Row, summariesOfRequest, summaryOfRow } from './summaries.ts';

/** The command of the engine, without its port and directory. */
export async function engineCommand(): Promise<readonly string[]> {
  await install();
  return [PYTHON, join(import.meta.dirname, 'engine.py')];
}

const PYTHON = join(import.meta.dirname, '..', '.build', 'clickhouse', 'bin', 'python');
const ENGINE = 'chdb-core-lite==26.5.0';
const REQUESTS = 300;
const DATABASE = 'it`s "otel"';
const COMPRESSIONS = ['lz4', 'zstd', 'gzip', 'deflate', 'br', 'none'];

/** Inserts generated requests into a real engine of ClickHouse, and compares the rows that it returns. */
export async function compareWithClickHouse(count = REQUESTS): Promise<Comparison> {
  const command = await engineCommand();
  const directory = mkdtempSync(join(tmpdir(), 'otelier-clickhouse-'));
  const [port = 0] = await freePorts(1);
  const server = await startServer([...command, String(port), directory], [port]);
  const url = `http://127.0.0.1:${port}`;
  const ask = async (statement: string): Promise<string> => {
    const response = await fetch(url, { method: 'POST', body: statement });
    const text = await response.text();
    if (!response.ok) throw new Error(`${statement}: ${text}`);
    return text;
  };
  try {
    const mismatches: string[] = [];
    const benches = await Promise.all(COMPRESSIONS.map((compress) => start(url, compress)));
    const expected = await insertAll(benches, count, mismatches);
    for (const bench of benches) await bench.close();
    let compared = 0;
    for (const table of ITEM_TABLES) compared += await compareTable(table, expected.get(table) ?? [], ask, mismatches);
    const times = await ask(`SELECT countDistinct(TraceId) FROM ${path('otel_traces_trace_id_ts')}`);
    const traces = await ask(`SELECT countDistinct(TraceId) FROM ${path('otel_traces')} WHERE TraceId != ''`);
    if (times !== traces) mismatches.push(`the view has ${times.trim()} traces, the table ${traces.trim()}`);
    mismatches.push(...(await compareErrors(url, ask)));
    return { compared, mismatches };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Sends requests, and returns the summaries of their items by table. */
async function insertAll(benches: readonly ComponentBench[], count: number, mismatches: string[]) {
  const expected = new Map<string, string[]>();
  for (let index = 0; index < count; index++) {
    const { signal, bytes, json } = hostileRequest(7, index);
    const request = normalizeRequest(signal, bytes);
    if (!request.ok || request.itemCount === 0) continue;
    const outcome = await benches[index % benches.length]?.send(batchOfBytes(signal, request.bytes, request.itemCount));
    if (outcome?.kind !== 'accepted') {
      mismatches.push(`request ${index} of ${signal}: ${JSON.stringify(outcome)}`);
      continue;
    }
    for (const [table, summaries] of summariesOfRequest(signal, JSON.parse(json)))
      expected.set(table, [...(expected.get(table) ?? []), ...summaries]);
  }
  return expected;
}

async function compareTable(
  table: string,
  expected: readonly string[],
  ask: (statement: string) => Promise<string>,
  mismatches: string[],
): Promise<number> {
  const known = new Set(expected);
  const text = await ask(`SELECT *${replaceDoubles(table)} FROM ${path(table)} FORMAT JSONEachRow`);
  const lines = text.split('\n').filter((line) => line !== '');
  const rows = lines.map((line) => summaryOfRow(table, withDoubles(parseRow(line)), known)).sort();
  const sorted = [...expected].sort();
  if (rows.length !== sorted.length) mismatches.push(`${table}: expected ${sorted.length} rows, got ${rows.length}`);
  for (const [at, row] of rows.entries())
    if (row !== sorted[at]) mismatches.push(difference(table, sorted[at] ?? '', row));
  return rows.length;
}

/** Describes a difference from shortly before it. */
function difference(table: string, expected: string, row: string): string {
  let at = 0;
  while (at < row.length && row[at] === expected[at]) at++;
  const [from, to] = [Math.max(0, at - 60), at + 200];
  return `${table}: expected … ${expected.slice(from, to)}, got … ${row.slice(from, to)}`;
}

/**
 * Returns the part of a query that reads doubles as their bits: the engine writes exponents of three digits without the
 * last one.
 */
function replaceDoubles(table: string): string {
  if (!table.startsWith('otel_metrics_') || table.endsWith('summary')) return '';
  const exemplars = 'arrayMap(x -> reinterpretAsUInt64(x), `Exemplars.Value`) AS `Exemplars.Value`';
  const value = /gauge$|sum$/.test(table) ? 'reinterpretAsUInt64(Value) AS Value, ' : '';
  return ` REPLACE(${value}${exemplars})`;
}

function withDoubles(row: Row): Row {
  const exemplars = row['Exemplars.Value'];
  return {
    ...row,
    ...('Value' in row && { Value: doubleOf(row['Value']) }),
    ...(Array.isArray(exemplars) && { 'Exemplars.Value': exemplars.map(doubleOf) }),
  };
}

function doubleOf(bits: unknown): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(String(bits)));
  return bytes.readDoubleLE();
}

/** Changes a table so that inserts fail, and returns what is unexpected about the outcomes. */
async function compareErrors(url: string, ask: (statement: string) => Promise<string>): Promise<string[]> {
  const bench = await start(url, 'none');
  const { bytes, itemCount } = firstLogs();
  const send = () => bench.send(batchOfBytes('logs', bytes, itemCount));
  await send();
  await ask(`DROP TABLE ${path('otel_logs')}`);
  const results = [await send(), await send()];
  await ask(`ALTER TABLE ${path('otel_logs')} DROP COLUMN SeverityText`);
  results.push(await send());
  await bench.close();
  const kinds = results.map(({ kind }) => kind).join();
  const last = results[2];
  const hasName = last?.kind === 'refused' && last.reason.includes('SeverityText');
  return kinds === 'retry,accepted,refused' && hasName
    ? []
    : [`expected retry, accepted, and refused with the name of the column, got ${JSON.stringify(results)}`];
}

function firstLogs(): { readonly bytes: Uint8Array; readonly itemCount: number } {
  for (let index = 0; ; index++) {
    const request = normalizeRequest('logs', hostileRequest(8, index, { signal: 'logs' }).bytes);
    if (request.ok && request.itemCount > 0) return request;
  }
}

function path(table: string): string {
  return `\`${DATABASE.replace(/[\\`]/g, '\\$&')}\`.${table}`;
}

function batchOfBytes(signal: Batch['signal'], bytes: Uint8Array, itemCount: number): Batch {
  return { signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) };
}

async function start(endpoint: string, compress: string): Promise<ComponentBench> {
  const bench = await createComponentBench(clickhouse, {
    clock: systemClock,
    config: {
      endpoint,
      compress,
      database: DATABASE,
      timeout: '60s',
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    },
  });
  await bench.start();
  return bench;
}

async function install(): Promise<void> {
  if (existsSync(PYTHON)) return;
  await runStep(['python3', '-m', 'venv', join(PYTHON, '..', '..')]);
  await runStep([PYTHON, '-m', 'pip', 'install', '-q', ENGINE]);
}
