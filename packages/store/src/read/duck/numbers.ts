import type { DuckDBResult } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { StatementResult } from './protocol.ts';

/** Rows of the largest chunk of the engine. */
const CHUNK_ROWS = 2048;

/** Reads the next rows of a result with only numbers by copying the memory of its columns; `undefined` after the last. */
export async function readNumbers(result: DuckDBResult, maxRows: number): Promise<StatementResult | undefined> {
  const columns = Array.from({ length: result.columnCount }, () => new Float64Array(maxRows + CHUNK_ROWS));
  let rowCount = 0;
  while (rowCount < maxRows) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const { rowCount: rows } = chunk;
    for (const [index, column] of columns.entries()) {
      const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
      const { buffer, byteOffset } = duckdb.vector_get_data(vector, rows * Float64Array.BYTES_PER_ELEMENT);
      column.set(new Float64Array(buffer, byteOffset, rows), rowCount);
    }
    rowCount += rows;
  }
  if (rowCount === 0) return undefined;
  return { columns: [], numbers: columns.map((column) => column.subarray(0, rowCount)), rowCount, truncated: false };
}
