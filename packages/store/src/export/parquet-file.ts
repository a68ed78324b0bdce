import type { Signal } from '@otelier/otlp';
import { createBuilder } from '../columns/builders.ts';
import { encodeParquet } from '../parquet/file.ts';

/** Encodes the items of an export request as a Parquet file with the columns of the store, for other readers. */
export function encodeParquetFile(signal: Signal, request: Uint8Array, arrivalMillis: number): Uint8Array {
  const builder = createBuilder(signal);
  try {
    builder.append(request, arrivalMillis);
    const { columns, rows } = builder.table(0, builder.rows);
    return Buffer.concat(encodeParquet(columns, { rows, metadata: () => ({}), attachment: new Uint8Array() }));
  } finally {
    builder.free();
  }
}
