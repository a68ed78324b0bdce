import type { Signal } from '@otelier/otlp';
import { type QueryCaller, QueryError, type RangeQuery } from '../../contract.ts';
import type { SnapshotAccess, SnapshotReads } from '../../write/protocol.ts';
import type { DuckClient } from '../duck/client.ts';
import type { StatementLimits, StatementResult } from '../duck/protocol.ts';
import type { PointCache } from '../metrics/point-cache.ts';
import type { StreamCache } from '../metrics/stream-cache.ts';
import { Files } from './files.ts';
import type { ParameterBag } from './parameters.ts';

/** The shared dependencies of all queries. */
export interface ReadContext {
  readonly access: SnapshotAccess;
  readonly duck: DuckClient;
  readonly limits: StatementLimits;
  /** Number of rows up to which all matches are counted. In larger ranges, a search for the newest stops early. */
  readonly countedRows: number;
  readonly streams: StreamCache;
  readonly points: PointCache;
  /** The caller of the queries, if it is known. */
  readonly caller?: QueryCaller;
}

/** A row, keyed by column name. 64-bit integers are `bigint`, and null is `null`. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs `work` over the files of a tenant and signal, which are not removed until it ends. */
export async function withFiles<T>(
  { access }: ReadContext,
  tenant: string,
  signal: Signal,
  work: (files: Files) => Promise<T>,
  reads: SnapshotReads = 'everything',
): Promise<T> {
  const snapshot = await access.snapshot(tenant, signal, reads);
  try {
    return await work(new Files(snapshot.files.filter((file) => file.rows > 0)));
  } finally {
    access.release(snapshot);
  }
}

/**
 * Runs `work` over the files that may have rows in a query's range, passing all files of the signal as its second
 * argument. Returns `empty` if there are none.
 */
export async function withRange<T>(
  context: ReadContext,
  { tenant, start, end }: RangeQuery,
  signal: Signal,
  empty: T,
  work: (files: Files, all: Files) => Promise<T>,
  reads: SnapshotReads = 'everything',
): Promise<T> {
  const inRange = async (all: Files): Promise<T> => {
    const files = all.overlapping(start, end);
    return files.isEmpty || end <= start ? empty : work(files, all);
  };
  return withFiles(context, tenant, signal, inRange, reads);
}

/** Runs an internal statement. */
export async function select(
  { duck, limits, caller }: ReadContext,
  tenant: string,
  text: string,
  parameters: ParameterBag,
): Promise<readonly Row[]> {
  const result = await duck.run({ tenant, text, parameters: parameters.values, limits }, caller);
  if (result.truncated) {
    throw new QueryError(`the query finds more than ${limits.maxRows} rows; narrow it by time or conditions`);
  }
  return rowsOf(result);
}

/** Converts a result's rows to objects. */
export function rowsOf({ columns, rowCount }: StatementResult): readonly Row[] {
  return Array.from({ length: rowCount }, (_, row) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[row]])),
  );
}

/** Returns a WHERE clause that combines conditions with AND, or an empty string for no conditions. */
export function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

export function asNumber(value: unknown): number {
  return Number(value ?? 0);
}

/** Returns a number, or `undefined` for null. */
export function asOptionalNumber(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Returns a string, or `undefined` for null and the empty string. */
export function asOptionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function asBigInt(value: unknown): bigint {
  return typeof value === 'bigint' ? value : 0n;
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
