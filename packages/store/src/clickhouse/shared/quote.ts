/** Quotes a string as an SQL literal of ClickHouse. */
export function quoteText(text: string): string {
  return `'${text.replace(/[\\'\0]/g, (character) => (character === '\0' ? '\\0' : `\\${character}`))}'`;
}

/** Quotes an SQL identifier of ClickHouse. */
export function quoteName(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}

/** Returns SQL for a list of strings, for `IN`. */
export function quoteList(texts: readonly string[]): string {
  return `(${texts.map(quoteText).join(', ')})`;
}
