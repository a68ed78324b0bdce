import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBValueConverter,
  VARCHAR,
} from '@duckdb/node-api';
import { StatementFailure } from './failures.ts';
import { readNumbers } from './numbers.ts';
import type { Parameters, Statement, StatementLimits, StatementResult } from './protocol.ts';
import { appendChunk } from './values.ts';

const TYPES = { boolean: BOOLEAN, number: DOUBLE, bigint: BIGINT, string: VARCHAR } as const;

/** Binds every parameter by name. */
export function bindAll(prepared: DuckDBPreparedStatement, parameters: Parameters): void {
  for (const [name, value] of Object.entries(parameters)) {
    const type = TYPES[typeof value as keyof typeof TYPES];
    prepared.bindValue(prepared.parameterIndex(name), value, type);
  }
}

/** Reads a result up to its limits. */
export async function readUpTo(
  result: DuckDBResult,
  limits: StatementLimits,
  converter: DuckDBValueConverter<unknown>,
): Promise<StatementResult> {
  const types = result.columnTypes();
  const columns = emptyColumns(result);
  let rowCount = 0;
  let bytes = 0;
  let truncated = false;
  while (!truncated) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const rows = Math.min(chunk.rowCount, limits.maxRows - rowCount);
    truncated = rows < chunk.rowCount;
    bytes += appendChunk(columns, types, chunk, rows, converter, limits.maxResultBytes - bytes);
    if (bytes > limits.maxResultBytes) {
      throw new StatementFailure('size', `the result is larger than ${limits.maxResultBytes} bytes`);
    }
    rowCount += rows;
  }
  return asResult(result, columns, rowCount, truncated);
}

/** A running statement whose rows are fetched in batches, on its own connection. */
export interface Cursor {
  readonly connection: DuckDBConnection;
  readonly limits: StatementLimits;
  /** Called when the cursor is closed. */
  readonly release: () => void;
  /** Returns the next rows, up to about `maxRows` or `maxResultBytes`, or `undefined` after the last. */
  next(converter: DuckDBValueConverter<unknown>): Promise<StatementResult | undefined>;
}

/** Starts a statement on a connection. The cursor takes ownership of the connection, and calls `release` at its end. */
export async function openCursor(
  connection: DuckDBConnection,
  statement: Statement,
  release: () => void,
): Promise<Cursor> {
  const prepared = await connection.prepare(statement.text);
  bindAll(prepared, statement.parameters);
  const result = await prepared.stream();
  const types = result.columnTypes();
  const { limits } = statement;
  return {
    connection,
    limits,
    release,
    next: async (converter) => {
      if (statement.areNumbers === true) return readNumbers(result, limits.maxRows);
      const columns = emptyColumns(result);
      let rowCount = 0;
      let bytes = 0;
      while (rowCount < limits.maxRows && bytes < limits.maxResultBytes) {
        const chunk: DuckDBDataChunk | null = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        bytes += appendChunk(columns, types, chunk, chunk.rowCount, converter, Number.POSITIVE_INFINITY);
        rowCount += chunk.rowCount;
      }
      return rowCount === 0 ? undefined : asResult(result, columns, rowCount, false);
    },
  };
}

function emptyColumns(result: DuckDBResult): unknown[][] {
  return Array.from({ length: result.columnCount }, () => []);
}

function asResult(
  result: DuckDBResult,
  columns: readonly unknown[][],
  rowCount: number,
  truncated: boolean,
): StatementResult {
  return {
    columns: columns.map((values, index) => {
      const type = result.columnType(index);
      return { name: result.columnName(index), type: type.alias ?? type.toString(), values };
    }),
    rowCount,
    truncated,
  };
}
