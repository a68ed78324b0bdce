import type { SqlFormat, SqlResult } from '../../contract.ts';
import type { Cell, CellKind, CellSource, ResultColumn } from '../../read/sql/formats/cells.ts';

/** The rows of a statement, as ClickHouse returned them: names, types, then rows as lists in JSON. */
export class SqlRows {
  readonly truncated: boolean;
  readonly #columns: SqlResult['columns'];
  readonly #rows: readonly (readonly unknown[])[];

  constructor([names = '[]', types = '[]', ...lines]: readonly string[], maxRows: number) {
    const ofColumns = JSON.parse(types) as readonly string[];
    this.#columns = (JSON.parse(names) as readonly string[]).map((name, index) => ({
      name,
      type: ofColumns[index] ?? '',
    }));
    this.truncated = lines.length > maxRows;
    this.#rows = lines.slice(0, maxRows).map((line) => JSON.parse(line) as readonly unknown[]);
  }

  toResult(): Omit<SqlResult, 'elapsedMillis'> {
    const kinds = this.#columns.map(({ type }) => kindOf(type));
    const rows = this.#rows.map((row) => row.map((value, index) => plain(value, kinds[index] ?? 'text')));
    return { columns: this.#columns, rows, truncated: this.truncated };
  }

  async encode(format: SqlFormat, formulaSafe: boolean): Promise<readonly Uint8Array[]> {
    switch (format) {
      case 'csv':
        return (await import('../../read/sql/formats/csv.ts')).encodeCsv(this.#source(), formulaSafe);
      case 'arrow':
        return (await import('../../read/sql/formats/arrow.ts')).encodeArrow(this.#source());
      case 'parquet':
        return (await import('../../read/sql/formats/parquet.ts')).encodeParquetResult(this.#source());
    }
  }

  #source(): CellSource {
    const columns: readonly ResultColumn[] = this.#columns.map(({ name, type }) => ({ name, kind: kindOf(type) }));
    const rows = this.#rows;
    let at = 0;
    return {
      columns,
      truncated: this.truncated,
      async read(count) {
        const group = rows.slice(at, at + count);
        at += group.length;
        if (group.length === 0) return undefined;
        return {
          rows: group.length,
          cells: columns.map(({ kind }, index) => group.map((row) => cellOf(row[index], kind))),
        };
      },
    };
  }
}

/** Returns the kind of a ClickHouse type. */
function kindOf(type: string): CellKind {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined) return kindOf(inner);
  if (/^(Int(8|16|32|64)|UInt(8|16|32))$/.test(type)) return 'int64';
  if (/^(Float|BFloat|Decimal|UInt64|U?Int(128|256))/.test(type)) return 'double';
  if (type === 'Bool') return 'bool';
  return type.startsWith('DateTime') ? 'time' : 'text';
}

/** Integers that a number can represent exactly are numbers. */
function plain(value: unknown, kind: CellKind): unknown {
  const isNumber = kind === 'int64' || kind === 'double';
  if (typeof value !== 'string' || !isNumber) return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function cellOf(value: unknown, kind: CellKind): Cell {
  if (value === null || value === undefined) return undefined;
  switch (kind) {
    case 'int64':
      return BigInt(value as string | number);
    case 'double':
      return value === 'inf' || value === '-inf'
        ? (value === 'inf' ? 1 : -1) * Number.POSITIVE_INFINITY
        : Number(value);
    case 'bool':
      return value === true;
    case 'time':
      return nanosOf(String(value));
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

/** Returns the nanoseconds of an ISO time with up to nine digits of a second. */
function nanosOf(text: string): bigint {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
