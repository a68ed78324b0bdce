/** Why bytes are not a valid request. The reason is sent to the client before the connection is closed. */
export interface ParseError {
  readonly kind: 'parseError';
  readonly status: 400 | 408 | 414 | 417 | 431 | 501 | 505;
  /** Message for the client: expected and actual value. */
  readonly reason: string;
}

/** Creates the error for a request that violates the grammar or is ambiguous between parsers. */
export function malformed(reason: string): ParseError {
  return parseError(400, reason);
}

/** Creates a parse error. */
export function parseError(status: ParseError['status'], reason: string): ParseError {
  return { kind: 'parseError', status, reason };
}
