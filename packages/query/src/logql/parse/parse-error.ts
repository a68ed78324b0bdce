/** A query that cannot be parsed. The message has the line and column where known, as in Loki. */
export class LogqlParseError extends Error {
  override readonly name = 'LogqlParseError';

  constructor(reason: string, position?: { readonly line: number; readonly column: number }, options?: ErrorOptions) {
    const where = position === undefined ? '' : `at line ${position.line}, col ${position.column}`;
    super(where === '' ? `parse error : ${reason}` : `parse error ${where}: ${reason}`, options);
  }
}
