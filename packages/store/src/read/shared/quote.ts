// Separate from the modules that load DuckDB: the main thread writes statements and must not load the engine.

/** Returns whether text can be written in SQL, which ends at a NUL. */
export function isPlainText(text: string): boolean {
  return !text.includes('\0');
}

/** Quotes a text literal of SQL. For internal text (paths, column names); users' values are passed as parameters. */
export function quoteText(text: string): string {
  return `'${plain(text).replaceAll("'", "''")}'`;
}

/** Quotes an SQL name. */
export function quoteName(name: string): string {
  return `"${plain(name).replaceAll('"', '""')}"`;
}

function plain(text: string): string {
  if (isPlainText(text)) return text;
  throw new Error(`SQL: expected text without NUL, got ${JSON.stringify(text)}`);
}
