import type { Span } from './ast.ts';

/** A query that cannot be parsed. The message starts with the line and column, as in Prometheus. */
export class PromqlParseError extends Error {
  override readonly name = 'PromqlParseError';
  readonly span: Span;

  constructor(query: string, span: Span, reason: string) {
    super(`${lineAndColumn(query, span)}: parse error: ${reason}`);
    this.span = span;
  }
}

/** Returns a position as `line:column`, both from 1. The column counts bytes, as in Prometheus. */
export function lineAndColumn(query: string, span: Span): string {
  const before = query.slice(0, span.start);
  const line = before.split('\n').length;
  return `${line}:${Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1)) + 1}`;
}
