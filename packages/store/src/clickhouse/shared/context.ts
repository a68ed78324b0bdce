import {
  QueryBusyError,
  type QueryCaller,
  QueryError,
  QueryLimitError,
  type RangeQuery,
  StoreClosedError,
} from '../../contract.ts';
import { type ClickHouseConnection, ClickHouseError } from '../connection.ts';
import { type ClickHouseTables, type ItemTable, SIGNAL_COLUMNS, TENANT } from '../schema/layout.ts';
import { quoteName, quoteText } from './quote.ts';

/** Limits of queries. */
export interface ClickHouseLimits {
  /** Time after which the server stops a query, in milliseconds. */
  readonly timeoutMillis: number;
  /** Memory of a query, in bytes. 0 leaves it to the server. */
  readonly memoryBytes: number;
  /** Maximum number of rows that a query returns at once. */
  readonly maxRows: number;
}

/** What all queries share. */
export interface ClickHouseContext {
  readonly connection: ClickHouseConnection;
  readonly names: ClickHouseTables;
  readonly limits: ClickHouseLimits;
  /** Resolves when the tables exist and have all columns. */
  readonly prepare: () => Promise<void>;
  /** Aborts when the store closes. */
  readonly closing: AbortSignal;
  /** The caller of the queries, if it is known. */
  readonly caller?: QueryCaller;
}

/** A row by column name. Integers of 64 bits are text. */
export type Row = Readonly<Record<string, unknown>>;

/** Returns the rows of a statement, which are read completely. Throws `QueryError`. */
export async function select(context: ClickHouseContext, text: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const settings = { ...READ_SETTINGS, wait_end_of_query: '1', max_result_rows: String(context.limits.maxRows) };
  for await (const line of linesOf(context, `${text} FORMAT JSONEachRow`, settings)) rows.push(line as Row);
  return rows;
}

/** Streams the rows of a statement as lists of values. Throws `QueryError`. */
export function stream(context: ClickHouseContext, text: string): AsyncGenerator<readonly unknown[]> {
  return linesOf(context, `${text} FORMAT JSONCompactEachRow`, READ_SETTINGS) as AsyncGenerator<readonly unknown[]>;
}

/** Collects what is streamed into parts of at most `size`. */
export async function* partsOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let part: T[] = [];
  for await (const item of items) {
    part.push(item);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

const READ_SETTINGS: Readonly<Record<string, string>> = {
  output_format_json_quote_64bit_integers: '1',
  output_format_json_quote_denormals: '1',
  joined_subquery_requires_alias: '0',
  cancel_http_readonly_queries_on_client_close: '1',
};

/** Yields the lines of a response, parsed as JSON. */
async function* linesOf(
  context: ClickHouseContext,
  text: string,
  settings: Readonly<Record<string, string>>,
): AsyncGenerator<unknown> {
  for await (const line of readLines(context, text, settings)) yield JSON.parse(line);
}

/** Yields the lines of a response, which are JSON. Throws `QueryError`. */
export async function* readLines(
  context: ClickHouseContext,
  text: string,
  settings: Readonly<Record<string, string>>,
): AsyncGenerator<string> {
  try {
    for await (const line of textLines(readBytes(context, text, settings))) {
      // A statement that fails after the first rows ends with the reason.
      if (line[0] !== '[' && line[0] !== '{') throw failureIn(line);
      yield line;
    }
  } catch (error) {
    throw queryError(error, context);
  }
}

/** Runs a statement and streams the response. */
async function* readBytes(
  context: ClickHouseContext,
  text: string,
  settings: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const { connection, limits, caller, closing } = context;
  if (closing.aborted) throw new StoreClosedError('the store is closed');
  await context.prepare();
  const signal = caller === undefined ? closing : AbortSignal.any([closing, caller.signal]);
  const limited = {
    max_execution_time: String(Math.ceil(limits.timeoutMillis / 1000)),
    ...memoryLimit(context),
    ...settings,
  };
  yield* connection.read({ text, settings: limited }, signal);
}

/** Returns the setting with the memory of a query, the lower one of the store and of the caller. 0 is no limit. */
function memoryLimit({ limits, caller }: ClickHouseContext): Readonly<Record<string, string>> {
  const known = [limits.memoryBytes, caller?.memoryBytes ?? 0].filter((bytes) => bytes > 0);
  return known.length === 0 ? {} : { max_memory_usage: String(Math.min(...known)) };
}

async function* textLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

function failureIn(line: string): ClickHouseError {
  const code = /Code: (\d+)/.exec(line)?.[1];
  return new ClickHouseError(line, { code: code === undefined ? undefined : Number(code) });
}

/** Codes of exceeded limits: rows, time, memory, size of results, speed. */
const LIMIT_CODES: ReadonlySet<number> = new Set([158, 159, 160, 241, 307, 396]);
/** Codes of statements that the server does not start now: too many queries, overload. */
const BUSY_CODES: ReadonlySet<number> = new Set([202, 203, 439, 745]);

/** Converts the error of a statement to the errors of a store. */
function queryError(error: unknown, { connection, closing }: ClickHouseContext): unknown {
  if (closing.aborted) return new StoreClosedError('the store is closed', { cause: error });
  if (!(error instanceof ClickHouseError)) return error;
  if (error.isUnreachable)
    return new QueryBusyError(`ClickHouse at ${connection.name} does not respond: ${error.message}`, { cause: error });
  const { code } = error;
  const message = `ClickHouse: ${error.message}`;
  if (code !== undefined && LIMIT_CODES.has(code)) return new QueryLimitError(message, { cause: error });
  if (code !== undefined && BUSY_CODES.has(code)) return new QueryBusyError(message, { cause: error });
  return new QueryError(message, { cause: error });
}

/** Returns the quoted name of a table. */
export function tableOf({ names }: Pick<ClickHouseContext, 'names'>, table: ItemTable): string {
  return `${quoteName(names.database)}.${quoteName(names.tables[table])}`;
}

/** Returns conditions that select the spans or log records of a tenant in a range. */
export function rangeOf({ tenant, start, end }: RangeQuery): readonly string[] {
  return [ofTenant(tenant), `Timestamp >= ${time(start)}`, `Timestamp < ${time(end)}`];
}

export function ofTenant(tenant: string): string {
  return `${TENANT} = ${quoteText(tenant)}`;
}

/** Returns SQL for a time, clamped to the times of OTLP that ClickHouse has. */
export function time(nanos: bigint): string {
  return `fromUnixTimestamp64Nano(toInt64(${clamped(nanos)}))`;
}

/** Returns the nearest time that ClickHouse has. */
export function clamped(nanos: bigint): bigint {
  return nanos < 0n ? 0n : nanos > LAST ? LAST : nanos;
}

const LAST = 2n ** 63n - 1n;

/** Returns a `WHERE` clause for conditions that must all hold. */
export function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

/** Returns SQL for the time of a span or log record. */
export const NANOS: string = SIGNAL_COLUMNS.traces.nanos;

export function asNumber(value: unknown): number {
  return Number(value ?? 0);
}

/** Returns a double of ClickHouse's JSON, in which those that JSON does not have are text. */
export function asDouble(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  return value === '-inf' ? Number.NEGATIVE_INFINITY : Number(value);
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function asBigInt(value: unknown): bigint {
  return typeof value === 'string' || typeof value === 'number' ? BigInt(value) : 0n;
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
