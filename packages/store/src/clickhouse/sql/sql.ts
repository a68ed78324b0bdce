import {
  type EncodedSqlResult,
  QueryError,
  QueryLimitError,
  type SqlCapability,
  type SqlEncoding,
  type SqlRequest,
  type SqlResult,
} from '../../contract.ts';
import { type ClickHouseContext, readLines, select } from '../shared/context.ts';
import { emptyRelations, relationsOf } from './relations.ts';
import { SqlRows } from './rows.ts';

const DEFAULT_ROWS = 10_000;
const MAX_ROWS = 1_000_000;
const DEFAULT_TIMEOUT_MILLIS = 30_000;
const MAX_TIMEOUT_MILLIS = 600_000;
const STATEMENT_LENGTH = 100_000;
const MAX_RESULT_BYTES = 64 << 20;

/**
 * Creates the SQL capability. Statements are in ClickHouse's dialect, and read only one tenant's `spans`, `logs` and
 * `metric_points`.
 */
export function sqlOf(context: ClickHouseContext): SqlCapability {
  return {
    query: (request) => query(context, request),
    queryJson: async (request) => pieces([Buffer.from(JSON.stringify(await query(context, request)))]),
    queryEncoded: (request) => queryEncoded(context, request),
  };
}

async function query(context: ClickHouseContext, request: SqlRequest): Promise<SqlResult> {
  const startedMillis = performance.now();
  const rows = await run(context, request);
  return { ...rows.toResult(), elapsedMillis: Math.round(performance.now() - startedMillis) };
}

async function queryEncoded(
  context: ClickHouseContext,
  { format, formulaSafe, ...request }: SqlRequest & SqlEncoding,
): Promise<EncodedSqlResult> {
  const rows = await run(context, request);
  return { truncated: rows.truncated, pieces: pieces(await rows.encode(format, formulaSafe === true)) };
}

async function* pieces(all: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* all;
}

/** Runs a statement and reads its rows, which are bounded. */
async function run(context: ClickHouseContext, request: SqlRequest): Promise<SqlRows> {
  const { tenant, statement, tables = [] } = request;
  if (statement.length > STATEMENT_LENGTH) {
    throw new QueryError(`SQL: expected at most ${STATEMENT_LENGTH} characters, got ${statement.length}`);
  }
  const maxRows = bounded('maxRows', request.maxRows ?? DEFAULT_ROWS, MAX_ROWS);
  const timeoutMillis = bounded('timeoutMillis', request.timeoutMillis ?? DEFAULT_TIMEOUT_MILLIS, MAX_TIMEOUT_MILLIS);
  const caller = callerOf(context, request);
  const limited = { ...context, ...(caller && { caller }), limits: { ...context.limits, timeoutMillis } };
  await check(limited, statement, emptyRelations(tables));
  const text =
    `WITH ${relationsOf(context, tenant, tables)} SELECT * FROM (${body(statement)}) LIMIT ${maxRows + 1} ` +
    'FORMAT JSONCompactEachRowWithNamesAndTypes';
  let bytes = 0;
  const lines: string[] = [];
  for await (const line of readLines(limited, text, SQL_SETTINGS)) {
    bytes += line.length;
    if (bytes > MAX_RESULT_BYTES) throw new QueryLimitError(`the result is larger than ${MAX_RESULT_BYTES} bytes`);
    lines.push(line);
  }
  return new SqlRows(lines, maxRows);
}

/** The statement may change no settings, and times have nanoseconds. */
const SQL_SETTINGS: Readonly<Record<string, string>> = {
  readonly: '1',
  output_format_json_quote_64bit_integers: '1',
  output_format_json_quote_denormals: '1',
  date_time_output_format: 'iso',
  session_timezone: 'UTC',
  cancel_http_readonly_queries_on_client_close: '1',
};

/** Ends a statement that ends with a comment. */
function body(statement: string): string {
  return `${statement.trim().replace(/;+$/, '')}\n`;
}

function callerOf({ caller }: ClickHouseContext, { client, signal }: SqlRequest): ClickHouseContext['caller'] {
  if (signal === undefined) return caller;
  return { client: client ?? '', signal: caller === undefined ? signal : AbortSignal.any([signal, caller.signal]) };
}

/** Functions of `FROM` that read nothing. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['null', 'values', 'numbers', 'numbers_mt', 'zeros', 'zeros_mt', 'generateSeries', 'generate_series'],
]);
/** Matches functions that read files, dictionaries or tables. */
const READING_FUNCTIONS = /^(file|dict\w*|joinGet\w*|hasColumnInTable|catboostEvaluate|getSetting|getServerSetting)$/i;

/** Rejects a statement that reads anything but the relations. The server resolves names, so that nothing is hidden. */
async function check(context: ClickHouseContext, statement: string, relations: string): Promise<void> {
  const text = `EXPLAIN QUERY TREE run_passes = 1 WITH ${relations} SELECT * FROM (${body(statement)})`;
  for (const { explain } of await select(context, text)) {
    const line = String(explain).trim();
    const table = /^TABLE id: .*\btable_name: (.+)$/.exec(line)?.[1];
    if (table !== undefined && table !== 'system.one') throw rejected(`the table ${table}`);
    const source = /^TABLE_FUNCTION id: .*\btable_function_name: (\w+)/.exec(line)?.[1];
    if (source !== undefined && !TABLE_FUNCTIONS.has(source)) throw rejected(`the table function ${source}`);
    const called = /^FUNCTION id: \d+, function_name: (\w+)/.exec(line)?.[1];
    if (called !== undefined && READING_FUNCTIONS.test(called)) throw rejected(`the function ${called}`);
  }
}

function rejected(what: string): QueryError {
  return new QueryError(`SQL: expected a query of spans, logs and metric_points, got ${what}`);
}

function bounded(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new QueryError(`${name}: expected a whole number from 1 to ${max}, got ${value}`);
}
