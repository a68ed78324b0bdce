/** Thrown for invalid CSV. The message contains the line. */
export class CsvError extends Error {
  override readonly name: string = 'CsvError';
}

/**
 * Parses CSV (RFC 4180) like Go: quotes must enclose whole fields, empty lines are skipped, and rows can have different
 * lengths. Throws a `CsvError`.
 */
export function parseCsv(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  const source = text.replaceAll('\r\n', '\n');
  let at = 0;
  let line = 1;
  const fail = (reason: string): never => {
    throw new CsvError(`line ${line}: ${reason}`);
  };

  /** Reads the rest of a quoted field after the opening quote. */
  const quoted = (): string => {
    let field = '';
    for (;;) {
      const quote = source.indexOf('"', at);
      if (quote < 0) return fail('expected " at the end of the field, got the end of the file');
      field += source.slice(at, quote);
      line += source.slice(at, quote).split('\n').length - 1;
      at = quote + 1;
      if (source[at] !== '"') break;
      field += '"';
      at += 1;
    }
    const isEnd = at >= source.length || source[at] === '\n' || source.startsWith(delimiter, at);
    return isEnd ? field : fail('expected a delimiter after ", got other text');
  };
  const bare = (): string => {
    const newline = source.indexOf('\n', at);
    const lineEnd = newline < 0 ? source.length : newline;
    const next = source.indexOf(delimiter, at);
    const end = next < 0 ? lineEnd : Math.min(next, lineEnd);
    const field = source.slice(at, end);
    if (field.includes('"')) return fail('expected quotes around the whole field, got " within it');
    at = end;
    return field;
  };

  while (at < source.length) {
    if (source[at] === '\n') {
      at += 1;
      line += 1;
      continue;
    }
    const row: string[] = [];
    for (;;) {
      if (source[at] === '"') {
        at += 1;
        row.push(quoted());
      } else row.push(bare());
      if (!source.startsWith(delimiter, at) || at >= source.length) break;
      at += delimiter.length;
    }
    at += 1;
    line += 1;
    rows.push(row);
  }
  return rows;
}
