import { DuckDBInstance } from '@duckdb/node-api';
import { appendChunk, convertRaw } from '../read/duck/values.ts';
import { quoteName, quoteText } from '../read/shared/quote.ts';

const MEMORY_LIMIT = '512MB';

/** A row: values by column name, 64-bit integers and times (nanoseconds) as `bigint`. */
export type ParquetRow = Readonly<Record<string, unknown>>;

/** The rows of a Parquet file in order. */
export interface ParquetRows {
  readonly columns: readonly string[];
  /** Yields the rows after the first `skip` ones. */
  rows(skip: number): AsyncGenerator<ParquetRow>;
  close(): void;
}

/** Opens a Parquet file. Throws if it is damaged. */
export async function openParquetRows(path: string): Promise<ParquetRows> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: MEMORY_LIMIT });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const file = `read_parquet(${quoteText(path)})`;
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${file}`);
    const types = described.getRows().map(([name, type]) => [String(name), String(type)] as const);
    const selected = types.map(([name, type]) => `${columnSql(name, type)} AS ${quoteName(name)}`);
    const columns = types.map(([name]) => name);
    return {
      columns,
      close,
      async *rows(skip) {
        const result = await connection.stream(`SELECT ${selected.join(', ')} FROM ${file} OFFSET ${skip}`);
        const resultTypes = result.columnTypes();
        for (;;) {
          const chunk = await result.fetchChunk();
          if (chunk === null || chunk.rowCount === 0) return;
          const values: unknown[][] = columns.map(() => []);
          appendChunk(values, resultTypes, chunk, chunk.rowCount, convertRaw, Number.POSITIVE_INFINITY);
          for (let row = 0; row < chunk.rowCount; row++) {
            yield Object.fromEntries(columns.map((name, index) => [name, values[index]?.[row] ?? undefined]));
          }
        }
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Returns SQL for a column: times as nanoseconds, decimals as doubles. */
function columnSql(name: string, type: string): string {
  const column = quoteName(name);
  if (/^(TIMESTAMP|DATE)/.test(type) && !type.endsWith(']')) return `epoch_ns(${column}::TIMESTAMP_NS)`;
  return type.startsWith('DECIMAL') && !type.endsWith(']') ? `${column}::DOUBLE` : column;
}
