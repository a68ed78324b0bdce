import type { SqlResult } from '@otelier/store';

/** Widest column of a table for people. */
const MAX_CELL_CHARACTERS = 60;

/** Rows as objects by column name, as JSON text. */
export function rowsAsJson({ columns, rows }: Pick<SqlResult, 'columns' | 'rows'>): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
  return `[${objects.map((object) => `\n  ${JSON.stringify(object)}`).join(',')}${objects.length > 0 ? '\n' : ''}]`;
}

/** Rows as a table for people. */
export function rowsAsTable({ columns, rows }: Pick<SqlResult, 'columns' | 'rows'>): string {
  const cells = [columns.map(({ name }) => name), ...rows.map((row) => row.map(cellText))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return `${lines.join('\n')}\n${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const line = text.replace(/\s+/g, ' ');
  return line.length > MAX_CELL_CHARACTERS ? `${line.slice(0, MAX_CELL_CHARACTERS - 1)}…` : line;
}
