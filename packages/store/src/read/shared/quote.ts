// Apart from what loads DuckDB: the main thread writes statements, and must not load the engine for it.

/** Whether a text can stand in SQL, which ends at a NUL. */
export function isPlainText(text: string): boolean {
  return !text.includes('\0');
}

/** A text literal of SQL. For what we made ourselves (paths, column names); users' values go as parameters. */
export function quoteText(text: string): string {
  return `'${plain(text).replaceAll("'", "''")}'`;
}

/** A quoted name of SQL. */
export function quoteName(name: string): string {
  return `"${plain(name).replaceAll('"', '""')}"`;
}

function plain(text: string): string {
  if (isPlainText(text)) return text;
  throw new Error(`SQL: expected text without NUL, got ${JSON.stringify(text)}`);
}
