/** How a database reads statements, where it matters for finding literals. */
export interface Dialect {
  /** Whether `\'` continues a string. In PostgreSQL only strings that start with `E` have such escapes. */
  readonly hasBackslashEscapes: boolean;
  /** Whether `"text"` is a name, a string, or a string if there is no such name (SQLite). */
  readonly doubleQuotes: 'name' | 'string' | 'either';
  /** Whether `$tag$text$tag$` is a string. */
  readonly hasDollarQuotes: boolean;
  /** Whether `#` starts a comment. */
  readonly hasHashComments: boolean;
  /** Whether `--` starts a comment only before a space: in MySQL `5--1` is 6. */
  readonly hasSpacedDashes: boolean;
  /** Whether a comment may contain others. */
  readonly hasNestedComments: boolean;
}

/** PostgreSQL (documentation, "Lexical Structure"). */
export const POSTGRESQL: Dialect = {
  hasBackslashEscapes: false,
  doubleQuotes: 'name',
  hasDollarQuotes: true,
  hasHashComments: false,
  hasSpacedDashes: false,
  hasNestedComments: true,
};

/** MySQL and MariaDB without the modes `ANSI_QUOTES` and `NO_BACKSLASH_ESCAPES` (documentation, "Literal Values"). */
export const MYSQL: Dialect = {
  hasBackslashEscapes: true,
  doubleQuotes: 'string',
  hasDollarQuotes: false,
  hasHashComments: true,
  hasSpacedDashes: true,
  hasNestedComments: false,
};

/** SQLite (documentation, "SQLite Keywords"). */
export const SQLITE: Dialect = {
  hasBackslashEscapes: false,
  doubleQuotes: 'either',
  hasDollarQuotes: false,
  hasHashComments: false,
  hasSpacedDashes: false,
  hasNestedComments: false,
};

/** Returns the dialect of a database by its `db.system.name`. That of unknown ones removes everything in double quotes. */
export function dialectOf(system: string): Dialect {
  return DIALECTS[system] ?? SQLITE;
}

const DIALECTS: Readonly<Record<string, Dialect>> = { postgresql: POSTGRESQL, mysql: MYSQL, mariadb: MYSQL };
