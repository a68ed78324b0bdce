import type { SqlResult } from '@otelier/store';
import { terminalText } from './terminal-text.ts';

/** Widest column of a table for people. */
const MAX_CELL_CHARACTERS = 60;
/** How much of a value is looked at for its cell; white space in it may shrink. */
const MAX_SCANNED_CHARACTERS = 1000;
/** The first half of a character that is cut in two. */
const HALF_A_PAIR = /[\ud800-\udbff]$/;

/** Rows as objects by column name, as JSON text. */
export function rowsAsJson({ columns, rows }: Pick<SqlResult, 'columns' | 'rows'>): string {
  const names = distinctNames(columns.map(({ name }) => name));
  const objects = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  const lines = objects.map((object) => `\n  ${terminalText(JSON.stringify(object))}`);
  return `[${lines.join(',')}${objects.length > 0 ? '\n' : ''}]`;
}

/** Names of columns, of which SQL may give several the same: an object has one value of each name. */
function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let number = 1; taken.has(distinct); number++) distinct = `${name}_${number}`;
    taken.add(distinct);
    return distinct;
  });
}

/** Rows as a table for people. */
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
  // What does not fit need not be escaped.
  const line = terminalText(text.slice(0, MAX_SCANNED_CHARACTERS).replace(/\s+/g, ' '));
  if (line.length <= MAX_CELL_CHARACTERS) return line;
  return `${line.slice(0, MAX_CELL_CHARACTERS - 1).replace(HALF_A_PAIR, '')}…`;
}
