import type { SqlTable } from '../../sql.ts';
import { quoteName, quoteText } from '../shared/quote.ts';

/** Returns the statement that creates a view of the rows of a table that the caller provides. */
export function tableView({ name, columns, rows }: SqlTable): string {
  const names = columns.map((column) => quoteName(column.name)).join(', ');
  const typed = columns.map((column) => `${quoteName(column.name)}::${column.type} AS ${quoteName(column.name)}`);
  const values = rows.map((row) => `(${row.map(literal).join(', ')})`);
  // A list of values needs a row.
  const source = values.length > 0 ? values.join(', ') : `(${columns.map(() => 'NULL').join(', ')})`;
  const condition = values.length > 0 ? '' : ' WHERE false';
  return `CREATE TEMP VIEW ${quoteName(name)} AS SELECT ${typed.join(', ')} FROM (VALUES ${source}) t(${names})${condition}`;
}

function literal(value: string | number | undefined): string {
  if (value === undefined) return 'NULL';
  return typeof value === 'number' ? String(value) : quoteText(value.replaceAll('\0', '\ufffd'));
}
