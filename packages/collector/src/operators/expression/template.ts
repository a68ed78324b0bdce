import { EvaluationError } from '../../ottl/values/value.ts';
import type { Entry } from '../entry/entry.ts';
import { compileExpression } from './compile.ts';
import type { Environment } from './scope.ts';

/** A text with expressions: `host-EXPR(env("HOST"))`. */
export interface Template {
  /** The text, if it has no expression. */
  readonly constant: string | undefined;
  /** Returns the text for an entry. Throws an `EvaluationError` if an expression is no string. */
  render(entry: Entry): string;
}

const START = 'EXPR(';

/** Compiles a text in which `EXPR(…)` is an expression. Throws an `ExpressionError`. */
export function compileTemplate(text: string, environment: Environment): Template {
  const parts: (string | ((entry: Entry) => string))[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf(START, at);
    const next = start < 0 ? -1 : text.indexOf(START, start + START.length);
    const end = start < 0 ? -1 : text.lastIndexOf(')', next < 0 ? text.length : next - 1);
    if (start < 0 || end < start) break;
    const source = text.slice(start + START.length, end);
    const evaluate = compileExpression(source, environment);
    parts.push(text.slice(at, start), (entry) => {
      const value = evaluate(entry);
      if (typeof value === 'string') return value;
      throw new EvaluationError(`expected a string from EXPR(${source})`);
    });
    at = end + 1;
  }
  if (parts.length === 0) return { constant: text, render: () => text };
  parts.push(text.slice(at));
  return {
    constant: undefined,
    render: (entry) => parts.map((part) => (typeof part === 'string' ? part : part(entry))).join(''),
  };
}

/** Returns a step that sets members of a map of the entry to texts with expressions; `undefined` if there are none. */
export function attributeTemplates(
  texts: Readonly<Record<string, string>>,
  root: 'attributes' | 'resource',
  environment: Environment,
): ((entry: Entry) => void) | undefined {
  const templates = Object.entries(texts).map(([key, text]) => [key, compileTemplate(text, environment)] as const);
  if (templates.length === 0) return undefined;
  return (entry) => {
    const map = entry[root] ?? new Map();
    entry[root] = map;
    for (const [key, template] of templates) map.set(key, template.constant ?? template.render(entry));
  };
}
