import type { Static } from '../values/static.ts';
import type { Hints, Query } from './ast.ts';
import { Cursor } from './cursor.ts';
import { parseSequence } from './expression.ts';
import { parseStatic } from './field.ts';
import { tokenize } from './lexer.ts';
import { TraceqlParseError } from './parse-error.ts';
import { validate } from './validate.ts';

/** Maximum length of a query, in characters. */
const MAX_LENGTH = 20_000;

/** Parses and validates a query. Throws `TraceqlParseError` or `TraceqlError`. */
export function parseTraceql(text: string): Query {
  const query = parseSyntax(text);
  validate(query);
  return query;
}

/** Parses a query without checking its types. Throws `TraceqlParseError`. */
export function parseSyntax(text: string): Query {
  if (text.length > MAX_LENGTH) throw new TraceqlParseError(`the query is longer than ${MAX_LENGTH} characters`, 1, 1);
  const cursor = new Cursor(tokenize(text));
  const operand = parseSequence(cursor, false);
  const hints = parseHints(cursor);
  if (cursor.token.kind !== 'end') throw cursor.unexpected();
  switch (operand.type) {
    case 'metrics':
      return { kind: 'metrics', expression: operand.value, hints };
    case 'spanset':
      return { kind: 'search', pipeline: [operand.value], hints };
    case 'pipeline':
      return { kind: 'search', pipeline: operand.value, hints };
    default:
      throw cursor.unexpected();
  }
}

function parseHints(cursor: Cursor): Hints {
  const hints = new Map<string, Static>();
  while (cursor.skip('with')) {
    cursor.expect('(');
    hints.clear();
    do {
      if (cursor.token.kind !== 'identifier') throw cursor.unexpected('IDENTIFIER');
      const { text } = cursor.take();
      cursor.expect('=');
      hints.set(text, parseStatic(cursor));
    } while (cursor.skip(','));
    cursor.expect(')');
  }
  return hints;
}
