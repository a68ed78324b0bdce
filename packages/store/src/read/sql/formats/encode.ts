import type { DuckDBResult } from '@duckdb/node-api';
import type { SqlEncoding } from '../../../sql.ts';
import { encodeArrow } from './arrow.ts';
import { type CellLimits, ResultReader } from './cells.ts';
import { encodeCsv } from './csv.ts';
import { encodeParquetResult } from './parquet.ts';

/** Encodes a result in a format for other programs. Rows beyond `maxRows` are dropped. */
export async function encodeResult(
  result: DuckDBResult,
  names: readonly string[],
  { format, formulaSafe = false, ...limits }: SqlEncoding & CellLimits,
): Promise<{ readonly pieces: readonly Uint8Array[]; readonly truncated: boolean }> {
  const reader = new ResultReader(result, names, limits);
  const pieces = await encodeAs(format, reader, formulaSafe);
  return { pieces, truncated: reader.truncated };
}

function encodeAs(format: SqlEncoding['format'], reader: ResultReader, formulaSafe: boolean) {
  switch (format) {
    case 'csv':
      return encodeCsv(reader, formulaSafe);
    case 'arrow':
      return encodeArrow(reader);
    case 'parquet':
      return encodeParquetResult(reader);
  }
}
