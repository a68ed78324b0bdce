import type { SqlResult } from '@otelier/store';
import { terminalText } from './terminal-text.ts';

/** Maximum width of a column in a table. */
const MAX_CELL_CHARACTERS = 60;
/** Maximum number of characters of a value that are scanned for its cell; collapsing white space shortens them. */
const MAX_SCANNED_CHARACTERS = 1000;
/** A lone leading surrogate at the end of a truncated text. */
const LEADING_SURROGATE = /[\ud800-\udbff]$/;

/** Formats rows as a JSON list of objects by column name. */
export function rowsAsJson({ columns, rows }: Pick<SqlResult, 'columns' | 'rows'>): string {
  const names = distinctNames(columns.map(({ name }) => name));
  const objects = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  const lines = objects.map((object) => `\n  ${terminalText(JSON.stringify(object))}`);
  return `[${lines.join(',')}${objects.length > 0 ? '\n' : ''}]`;
}

/** Makes column names distinct. SQL allows duplicates, objects do not. */
function distinctNames(names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let number = 1; used.has(distinct); number++) distinct = `${name}_${number}`;
    used.add(distinct);
    return distinct;
  });
}

/** Formats rows as a table. */
export function rowsAsTable({ columns, rows }: Pick<SqlResult, 'columns' | 'rows'>): string {
  const cells = [columns.map(({ name }) => cellText(name)), ...rows.map((row) => row.map(cellText))];
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
  // Truncate before escaping.
  const line = terminalText(text.slice(0, MAX_SCANNED_CHARACTERS).replace(/\s+/g, ' '));
  if (line.length <= MAX_CELL_CHARACTERS) return line;
  return `${line.slice(0, MAX_CELL_CHARACTERS - 1).replace(LEADING_SURROGATE, '')}…`;
}
