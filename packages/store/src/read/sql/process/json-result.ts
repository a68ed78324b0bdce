import type { DuckDBResult, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { StatementFailure } from '../../duck/failures.ts';
import { convertForUsers, sizeOf } from '../../duck/values.ts';
import type { ResultLimits } from './protocol.ts';

/** An encoded result, and whether rows were dropped. */
export interface EncodedResult {
  readonly pieces: readonly Uint8Array[];
  readonly truncated: boolean;
}

/** Reads a result and returns an `SqlResult` encoded as JSON, in pieces of UTF-8. Rows beyond `maxRows` are dropped. */
export async function readAsJson(
  result: DuckDBResult,
  names: readonly string[],
  { maxRows, maxResultBytes }: ResultLimits,
  elapsedMillis: () => number,
): Promise<EncodedResult> {
  const types = result.columnTypes();
  const output = new BoundedText(maxResultBytes);
  const columns = names.map((name, index) => ({ name, type: typeName(types[index]) }));
  output.push(`{"columns":${JSON.stringify(columns)},"rows":[`);
  let rowCount = 0;
  let truncated = false;
  while (!truncated) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const rows = Math.min(chunk.rowCount, maxRows - rowCount);
    truncated = rows < chunk.rowCount;
    const vectors = types.map((_, index) => chunk.getColumnVector(index));
    for (let row = 0; row < rows; row++) {
      const cells = vectors.map((vector, index) => cell(vector.getItem(row), types[index] ?? vector.type, output));
      output.push(`${rowCount === 0 ? '' : ','}[${cells.join(',')}]`);
      rowCount += 1;
    }
  }
  output.push(`],"truncated":${truncated},"elapsedMillis":${elapsedMillis()}}`);
  return { pieces: output.pieces(), truncated };
}

function typeName(type: DuckDBType | undefined): string {
  return type?.alias ?? String(type);
}

function cell(value: DuckDBValue, type: DuckDBType, output: BoundedText): string {
  // Checked before conversion: a single value can be gigabytes long.
  output.expect(sizeOf(value));
  return JSON.stringify(convertForUsers(value, type, convertForUsers)) ?? 'null';
}

const PIECE_LENGTH = 64 << 10;

/** A string buffer that throws when it exceeds its size limit. */
class BoundedText {
  readonly #limitBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #text = '';
  #sizeBytes = 0;
  /** Size of values that have not been appended yet. */
  #expectedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  expect(bytes: number): void {
    this.#expectedBytes += bytes;
    this.#check(this.#expectedBytes);
  }

  push(text: string): void {
    this.#expectedBytes = 0;
    this.#text += text;
    this.#check(0);
    if (this.#text.length >= PIECE_LENGTH) this.#encode();
  }

  pieces(): readonly Uint8Array[] {
    this.#encode();
    return this.#pieces;
  }

  #encode(): void {
    const piece = Buffer.from(this.#text);
    this.#text = '';
    this.#pieces.push(piece);
    this.#sizeBytes += piece.length;
    this.#check(0);
  }

  #check(furtherBytes: number): void {
    if (this.#sizeBytes + this.#text.length + furtherBytes > this.#limitBytes) {
      throw new StatementFailure('size', `the result is larger than ${this.#limitBytes} bytes`);
    }
  }
}
