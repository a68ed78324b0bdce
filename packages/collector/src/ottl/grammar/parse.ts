import { OttlError } from './error.ts';
import { Parser } from './parser.ts';
import type { ConditionSyntax, StatementSyntax, ValueSyntax } from './syntax.ts';

/** Parses a statement such as `set(attributes["a"], 1) where name == "b"`. Throws an `OttlError`. */
export function parseStatement(text: string): StatementSyntax {
  const parser = new Parser(text);
  const value = parser.value();
  if (value.kind !== 'call') throw new OttlError(text, value.offset, 'expected an editor such as set(target, value)');
  const { call } = value;
  if (/^[A-Z]/.test(call.name))
    throw new OttlError(text, call.offset, `expected an editor, whose name is in lower case, got ${call.name}`);
  if (call.keys.length > 0) throw new OttlError(text, call.offset, `expected no keys after the editor ${call.name}`);
  const where = parser.acceptName('where') ? parser.condition() : undefined;
  parser.expectEnd(where === undefined ? 'expected "where" or the end' : 'expected "and", "or" or the end');
  return { editor: call, where };
}

/**
 * Parses a condition such as `attributes["http.route"] == "/healthz" and not IsMatch(name, "^GET")`. Throws an
 * `OttlError`.
 */
export function parseCondition(text: string): ConditionSyntax {
  const parser = new Parser(text);
  const condition = parser.condition();
  parser.expectEnd('expected "and", "or" or the end');
  return condition;
}

/** Parses a value such as `Concat([attributes["a"], "b"], "/")`. Throws an `OttlError`. */
export function parseValue(text: string): ValueSyntax {
  const parser = new Parser(text);
  const value = parser.value();
  parser.expectEnd('expected the end');
  return value;
}
