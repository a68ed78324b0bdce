import type { Expr } from './ast.ts';
import { checkExpr } from './check.ts';
import { Converter } from './convert.ts';
import type { ParseOptions } from './options.ts';
import { PromqlParseError } from './parse-error.ts';
import { rejectSyntaxErrors } from './syntax-error.ts';
import { parseTree } from './tree.ts';

/** Maximum length of a query, in UTF-16 code units. */
const MAX_LENGTH = 100_000;
/** Maximum nesting of a query; deeper ones would overflow the stack. */
const MAX_DEPTH = 500;

/** Parses and checks a PromQL query. Throws a `PromqlParseError`. */
export function parsePromql(query: string, options: ParseOptions): Expr {
  const nowhere = { start: 0, end: 0 };
  if (query.length > MAX_LENGTH) {
    throw new PromqlParseError(
      query.slice(0, 1),
      nowhere,
      `expected at most ${MAX_LENGTH} characters, got ${query.length}`,
    );
  }
  rejectDeepNesting(query);
  const tree = parseTree(query);
  rejectSyntaxErrors(query, tree);
  const converter = new Converter(query, options);
  const top = tree.topNode.firstChild;
  if (top === null) throw new PromqlParseError(query, nowhere, 'no expression found in input');
  const expr = converter.convertTop(tree.topNode);
  checkExpr(query, expr);
  return expr;
}

function rejectDeepNesting(query: string): void {
  let depth = 0;
  // Unary and binary operators nest too: each is at least one character.
  for (const [text] of query.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[([{]|[)\]}]/g)) {
    if (text.length > 1) continue;
    depth += /[([{]/.test(text) ? 1 : -1;
    if (depth > MAX_DEPTH) {
      throw new PromqlParseError(query, { start: 0, end: 0 }, `expected at most ${MAX_DEPTH} nested parentheses`);
    }
  }
}
