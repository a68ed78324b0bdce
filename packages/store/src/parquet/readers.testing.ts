import { writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** The rows of a file as read by two independent readers, converted to the same plain values. */
export interface TwoReadings {
  readonly hyparquet: readonly Record<string, unknown>[];
  readonly duckdb: readonly Record<string, unknown>[];
}

/** Reads a Parquet file with hyparquet and DuckDB. `path` is a temporary file for DuckDB. */
export async function readTwice(bytes: Uint8Array, path: string): Promise<TwoReadings> {
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({
    file,
    compressors,
    utf8: false,
    parsers: { timestampFromNanoseconds: (nanos: bigint) => nanos } as never,
  });
  writeFileSync(path, bytes);
  return { hyparquet: rows.map(plain), duckdb: await queryDuckDb(`select * from read_parquet('${path}')`) };
}

/** Runs one statement in a new in-memory DuckDB database. */
export async function queryDuckDb(sql: string): Promise<readonly Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(sql);
  const rows = result.getRowObjects().map(plain);
  connection.closeSync();
  instance.closeSync();
  return rows;
}

function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return Object.fromEntries(value.map((pair) => [pair.key, pair.value]));
  if (typeof value !== 'object') return value;
  if ('bytes' in value && value.bytes instanceof Uint8Array) return plainValue(value.bytes);
  if ('nanos' in value) return value.nanos;
  if ('entries' in value && Array.isArray(value.entries)) {
    return Object.fromEntries(value.entries.map((pair) => [pair.key, pair.value]));
  }
  return value;
}
