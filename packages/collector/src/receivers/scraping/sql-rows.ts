import type { Reading, ReadingAttributes } from './reading.ts';

/** A row of a result, by column. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** A column with the metric that it is a value of. */
export type SqlColumn = readonly [column: string, metric: string, attributes?: ReadingAttributes];

/** Returns the readings of the columns of a row. Columns without a value have none. */
export function readColumns(row: SqlRow, columns: readonly SqlColumn[], common: ReadingAttributes = {}): Reading[] {
  return columns.flatMap(([column, metric, attributes]) => {
    const value = sqlNumber(row[column]);
    return value === undefined ? [] : [{ metric, value, attributes: { ...common, ...attributes } }];
  });
}

/** Converts a value of a database, where large numbers are texts. Returns `undefined` if it is no number. */
export function sqlNumber(value: unknown): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  if (/^-?\d{1,19}$/.test(value)) return BigInt(value);
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
