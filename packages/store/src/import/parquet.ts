import type { ParquetRecord, ReadParquetOptions } from './read-parquet.ts';

/**
 * Reads the rows of a Parquet file as export requests. Loads the engine. Throws a `MappingError` for a file with unknown
 * columns.
 */
export async function* readParquet(path: string, options: ReadParquetOptions): AsyncGenerator<ParquetRecord> {
  const { readParquetFile } = await import('./read-parquet.ts');
  yield* readParquetFile(path, options);
}
