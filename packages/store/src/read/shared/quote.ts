// Separate from the modules that load DuckDB, because the main thread composes statements but must not load the engine.

/** Reports whether text can be written in SQL, where a NUL ends the statement. */
export function isPlainText(text: string): boolean {
  return !text.includes('\0');
}

/** Quotes an SQL string literal. For internal strings (paths, column names); user values are passed as parameters. */
export function quoteText(text: string): string {
  return `'${plain(text).replaceAll("'", "''")}'`;
}

/** Quotes an SQL identifier. */
export function quoteName(name: string): string {
  return `"${plain(name).replaceAll('"', '""')}"`;
}

function plain(text: string): string {
  if (isPlainText(text)) return text;
  throw new Error(`SQL: expected text without NUL, got ${JSON.stringify(text)}`);
}
