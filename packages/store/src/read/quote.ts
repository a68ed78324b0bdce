// Apart from what loads DuckDB: the main thread writes statements, and must not load the engine for it.

/** A text literal of SQL. For what we made ourselves (paths, column names); users' values go as parameters. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A quoted name of SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
