import type { DuckDBResult, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { DuckDBBlobValue, DuckDBDecimalValue, DuckDBTypeId } from '@duckdb/node-api';
import { StatementFailure } from '../../duck/failures.ts';
import { convertForUsers, epochNanos, sizeOf } from '../../duck/values.ts';

/** The kinds of columns that Arrow and Parquet results have. Nested values and other types are text. */
export type CellKind = 'int64' | 'double' | 'bool' | 'time' | 'bytes' | 'text';

/** A value of a column: `bigint` for `int64` and `time` (nanoseconds), `undefined` for null. */
export type Cell = bigint | number | boolean | string | Uint8Array | undefined;

/** A column of a result. */
export interface ResultColumn {
  readonly name: string;
  readonly kind: CellKind;
}

/** Limits of a result. */
export interface CellLimits {
  readonly maxRows: number;
  readonly maxResultBytes: number;
}

const KINDS: Readonly<Partial<Record<DuckDBTypeId, CellKind>>> = {
  [DuckDBTypeId.BOOLEAN]: 'bool',
  [DuckDBTypeId.TINYINT]: 'int64',
  [DuckDBTypeId.SMALLINT]: 'int64',
  [DuckDBTypeId.INTEGER]: 'int64',
  [DuckDBTypeId.BIGINT]: 'int64',
  [DuckDBTypeId.UTINYINT]: 'int64',
  [DuckDBTypeId.USMALLINT]: 'int64',
  [DuckDBTypeId.UINTEGER]: 'int64',
  // A sum of integers has this type, whatever its size.
  [DuckDBTypeId.HUGEINT]: 'double',
  [DuckDBTypeId.UHUGEINT]: 'double',
  [DuckDBTypeId.UBIGINT]: 'double',
  [DuckDBTypeId.DECIMAL]: 'double',
  [DuckDBTypeId.FLOAT]: 'double',
  [DuckDBTypeId.DOUBLE]: 'double',
  [DuckDBTypeId.TIMESTAMP]: 'time',
  [DuckDBTypeId.TIMESTAMP_S]: 'time',
  [DuckDBTypeId.TIMESTAMP_MS]: 'time',
  [DuckDBTypeId.TIMESTAMP_NS]: 'time',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'time',
  [DuckDBTypeId.BLOB]: 'bytes',
};

/** A result that encoders read in groups of rows. */
export type CellSource = Pick<ResultReader, 'columns' | 'truncated' | 'read'>;

/** Reads a result in groups of rows. */
export class ResultReader {
  readonly columns: readonly ResultColumn[];
  /** Whether there are more rows than `maxRows`. */
  truncated = false;
  readonly #result: DuckDBResult;
  readonly #types: readonly DuckDBType[];
  readonly #limits: CellLimits;
  #rows = 0;
  #bytes = 0;

  constructor(result: DuckDBResult, names: readonly string[], limits: CellLimits) {
    this.#result = result;
    this.#types = result.columnTypes();
    this.#limits = limits;
    this.columns = names.map((name, index) => ({ name, kind: kindOf(this.#types[index]) }));
  }

  /** Returns up to about `count` further rows by column, or `undefined` at the end. Throws beyond the size limit. */
  async read(count: number): Promise<{ readonly rows: number; readonly cells: readonly Cell[][] } | undefined> {
    const cells: Cell[][] = this.columns.map(() => []);
    let read = 0;
    while (read < count && !this.truncated) {
      const chunk = await this.#result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      const rows = Math.min(chunk.rowCount, this.#limits.maxRows - this.#rows);
      this.truncated = rows < chunk.rowCount;
      for (const [index, column] of cells.entries()) {
        const vector = chunk.getColumnVector(index);
        const type = this.#types[index] ?? vector.type;
        const kind = this.columns[index]?.kind ?? 'text';
        for (let row = 0; row < rows; row++) column.push(this.#cell(vector.getItem(row), type, kind));
      }
      this.#rows += rows;
      read += rows;
    }
    return read === 0 ? undefined : { rows: read, cells };
  }

  #cell(value: DuckDBValue, type: DuckDBType, kind: CellKind): Cell {
    this.#bytes += sizeOf(value);
    if (this.#bytes > this.#limits.maxResultBytes) {
      throw new StatementFailure('size', `the result is larger than ${this.#limits.maxResultBytes} bytes`);
    }
    return value === null ? undefined : cellOf(value, type, kind);
  }
}

function kindOf(type: DuckDBType | undefined): CellKind {
  return (type !== undefined && KINDS[type.typeId]) || 'text';
}

function cellOf(value: Exclude<DuckDBValue, null>, type: DuckDBType, kind: CellKind): Cell {
  switch (kind) {
    case 'int64':
      return BigInt(value as number | bigint);
    case 'double':
      return value instanceof DuckDBDecimalValue ? value.toDouble() : Number(value);
    case 'bool':
      return value === true;
    case 'time':
      return timeOf(value);
    case 'bytes':
      return value instanceof DuckDBBlobValue ? value.bytes : undefined;
    case 'text':
      return textOf(value, type);
  }
}

/** Returns nanoseconds, or `undefined` for infinities and times that 64 bits cannot hold. */
function timeOf(value: Exclude<DuckDBValue, null>): bigint | undefined {
  const nanos = typeof value === 'object' ? epochNanos(value) : undefined;
  return nanos !== undefined && BigInt.asIntN(64, nanos) === nanos ? nanos : undefined;
}

/** Returns text unchanged, and nested values as JSON. */
function textOf(value: Exclude<DuckDBValue, null>, type: DuckDBType): string {
  if (typeof value === 'string') return value;
  const converted = convertForUsers(value, type, convertForUsers);
  return typeof converted === 'string' ? converted : (JSON.stringify(converted) ?? '');
}
