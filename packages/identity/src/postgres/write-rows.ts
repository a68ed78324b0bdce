import type { PatchRow, PatchValue } from './patchset.ts';
import { SCHEMA } from './schema.ts';

/** A statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const ORDER = { delete: 0, update: 1, insert: 2 } as const;

/**
 * Returns the statements that make the same changes in PostgreSQL. Deletions come first, so that a row can replace another one with the same
 * unique value. `columnsOf` returns the names of the columns of a table by their position.
 */
export function statementsOf(
  rows: readonly PatchRow[],
  columnsOf: (table: string) => readonly string[],
): readonly Statement[] {
  return rows.toSorted((a, b) => ORDER[a.kind] - ORDER[b.kind]).map((row) => statementOf(row, columnsOf(row.table)));
}

function statementOf({ kind, table, values, isKey }: PatchRow, columns: readonly string[]): Statement {
  const parameters: PatchValue[] = [];
  const parameter = (value: PatchValue): string => `$${parameters.push(value)}`;
  const given = columns.map((name, i) => ({ name: quoted(name), value: values[i], isKey: isKey[i] === true }));
  const where = (): string =>
    given
      .filter((column) => column.isKey)
      .map(({ name, value }) => `${name} = ${parameter(value)}`)
      .join(' AND ');
  const target = `${SCHEMA}.${quoted(table)}`;
  if (kind === 'delete') return { text: `DELETE FROM ${target} WHERE ${where()}`, values: parameters };
  if (kind === 'insert') {
    const names = given.map(({ name }) => name).join(', ');
    const list = given.map(({ value }) => parameter(value ?? null)).join(', ');
    return { text: `INSERT INTO ${target} (${names}) VALUES (${list})`, values: parameters };
  }
  const changed = given.filter((column) => !column.isKey && column.value !== undefined);
  const set = changed.map(({ name, value }) => `${name} = ${parameter(value)}`).join(', ');
  return { text: `UPDATE ${target} SET ${set} WHERE ${where()}`, values: parameters };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
