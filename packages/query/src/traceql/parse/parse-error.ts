/** A query that is not valid TraceQL. The message states the position and what was expected, as Tempo does. */
export class TraceqlParseError extends Error {
  override readonly name = 'TraceqlParseError';
  readonly line: number;
  readonly column: number;

  constructor(reason: string, line: number, column: number) {
    super(`parse error at line ${line}, col ${column}: ${reason}`);
    this.line = line;
    this.column = column;
  }
}

/** A query that is valid TraceQL but has no meaning, such as a comparison of a number with a string. */
export class TraceqlError extends Error {
  override readonly name = 'TraceqlError';
}
