import type { SyntaxNode } from '@lezer/common';
import type { Duration, NumberLiteral, Span } from './ast.ts';
import type { ParseOptions } from './options.ts';
import type { PromqlParseError } from './parse-error.ts';

/** What the parts of the conversion share. */
export interface Conversion {
  readonly options: ParseOptions;
  text(node: SyntaxNode): string;
  error(span: Span, reason: string): PromqlParseError;
  duration(node: SyntaxNode): Duration;
  number(node: SyntaxNode): NumberLiteral;
  /** Returns the label names in parentheses. */
  grouping(node: SyntaxNode | undefined): string[];
}

/** Returns the positions of a node. */
export function spanOf({ from, to }: SyntaxNode): Span {
  return { start: from, end: to };
}
