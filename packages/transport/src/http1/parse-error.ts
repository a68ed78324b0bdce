/** Why bytes are no request that this server reads, as it is answered before the connection ends. */
export interface ParseError {
  readonly kind: 'parseError';
  readonly status: 400 | 408 | 414 | 417 | 431 | 501 | 505;
  /** For the sender's eyes: what was expected, what came. */
  readonly reason: string;
}

/** A request that does not follow the grammar, or that two readers could take for different ones. */
export function malformed(reason: string): ParseError {
  return parseError(400, reason);
}

/** Makes a refusal. */
export function parseError(status: ParseError['status'], reason: string): ParseError {
  return { kind: 'parseError', status, reason };
}
