import type { SqlResult } from '@otelier/store';
import { terminalText } from './terminal-text.ts';

/** Maximum column width of a table that is not printed to a terminal. */
const MAX_CELL_CHARACTERS = 60;
/** Maximum number of characters scanned per cell; collapsing whitespace shortens the value. */
const MAX_SCANNED_CHARACTERS = 1000;
/** A lone leading surrogate at the end of a truncated string. */
const LEADING_SURROGATE = /[\ud800-\udbff]$/;

/** The message for a result without all rows. */
export const MORE_ROWS = 'otelier: there are more rows; raise --max-rows to see them.';

/** Formats rows as a JSON array of objects keyed by column name. */
export function rowsAsJson({ columns, rows }: Pick<SqlResult, 'columns' | 'rows'>): string {
  const names = distinctNames(columns.map(({ name }) => name));
  const objects = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  const lines = objects.map((object) => `\n  ${terminalText(JSON.stringify(object))}`);
  return `[${lines.join(',')}${objects.length > 0 ? '\n' : ''}]`;
}

/** Makes column names unique. SQL allows duplicates, objects do not. */
function distinctNames(names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let number = 1; used.has(distinct); number++) distinct = `${name}_${number}`;
    used.add(distinct);
    return distinct;
  });
}

/**
 * Formats rows as a table of at most `maxWidth` characters: the widest columns are narrowed first, and the last columns
 * are omitted if the table still does not fit. Without `maxWidth`, each column is at most 60 characters wide.
 */
export function rowsAsTable({ columns, rows }: Pick<SqlResult, 'columns' | 'rows'>, maxWidth?: number): string {
  const cells = [columns.map(({ name }) => cellText(name)), ...rows.map((row) => row.map(cellText))];
  const natural = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const widths =
    maxWidth === undefined ? natural.map((width) => Math.min(width, MAX_CELL_CHARACTERS)) : fit(natural, maxWidth);
  const lines = cells.map((row) =>
    widths
      .map((width, index) => truncate(row[index] ?? '', width).padEnd(width))
      .join(SEPARATOR)
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join(SEPARATOR));
  const more = columns.length - widths.length;
  const hint = more === 0 ? '' : `; ${more} more ${more === 1 ? 'column' : 'columns'}, shown with --json`;
  return `${lines.join('\n')}\n${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${hint}`;
}

const SEPARATOR = '  ';
/** Minimum width of a narrowed column. */
const MIN_WIDTH = 8;

/** Returns the widths of the columns that fit. */
function fit(natural: readonly number[], maxWidth: number): readonly number[] {
  const minimal = natural.map((width) => Math.min(width, MIN_WIDTH));
  let count = natural.length;
  while (count > 1 && total(minimal.slice(0, count)) > maxWidth) count -= 1;
  const shown = natural.slice(0, count);
  let cap = Math.max(0, ...shown);
  while (cap > MIN_WIDTH && total(shown.map((width) => Math.min(width, cap))) > maxWidth) cap -= 1;
  return shown.map((width) => Math.min(width, cap));
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, SEPARATOR.length * (widths.length - 1));
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // Truncate before escaping.
  return terminalText(text.slice(0, MAX_SCANNED_CHARACTERS).replace(/\s+/g, ' '));
}

function truncate(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1).replace(LEADING_SURROGATE, '')}…`;
}
