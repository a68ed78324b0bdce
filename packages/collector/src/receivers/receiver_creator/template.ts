import { compileOverVariables } from '../../operators/expression/compile.ts';
import { goText } from '../../operators/expression/go-text.ts';
import { ExpressionError } from '../../operators/expression/syntax.ts';
import { isList, isMap, type Value } from '../../ottl/values/value.ts';
import { VARIABLES, type Variables } from './variables.ts';

/** Returns plain values for an endpoint. Throws an `EvaluationError`. */
export type Template = (variables: Variables) => unknown;

/**
 * Compiles the expressions between backticks in all texts of a configuration. A text that is one expression becomes its value,
 * others become texts. A backslash before a backtick makes it literal. Throws an `ExpressionError`.
 */
export function compileTemplate(value: unknown): Template {
  if (typeof value === 'string') return compileText(value);
  if (Array.isArray(value)) {
    const items = value.map(compileTemplate);
    return (variables) => items.map((item) => item(variables));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, part]) => [key, compileTemplate(part)] as const);
    return (variables) => Object.fromEntries(entries.map(([key, part]) => [key, part(variables)]));
  }
  return () => value;
}

type Part = string | ((variables: Variables) => Value);

function compileText(text: string): Template {
  const parts = partsOf(text);
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'function') return (variables) => plainOf(only(variables));
  return (variables) => parts.map((part) => (typeof part === 'string' ? part : goText(part(variables)))).join('');
}

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let literal = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') {
      if (at + 1 === text.length) throw new ExpressionError('expected a character after the last backslash');
      at++;
      literal += text.charAt(at) === '`' ? '`' : `\\${text.charAt(at)}`;
    } else if (character === '`') {
      const end = text.indexOf('`', at + 1);
      if (end < 0) throw new ExpressionError(`expected a backtick after the one at character ${at + 1}`);
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push(compileOverVariables(text.slice(at + 1, end), VARIABLES));
      at = end;
    } else {
      literal += character;
    }
  }
  if (literal !== '' || parts.length === 0) parts.push(literal);
  return parts;
}

function plainOf(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map(plainOf);
  if (isMap(value)) return Object.fromEntries([...value].map(([key, member]) => [key, plainOf(member)]));
  return value ?? null;
}
