import { compilePattern, type Pattern, PatternError } from '../patterns/pattern.ts';
import { TemplateError } from './ast.ts';
import { bounded } from './values.ts';

const compiled = new Map<string, Pattern>();
const MAX_COMPILED = 100;

/** Compiles an expression, once. Throws a `TemplateError`. */
export function compileExpression(source: string): Pattern {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  try {
    const pattern = compilePattern(source);
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(source, pattern);
    return pattern;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new TemplateError(`error parsing regexp: ${error.message}`, { cause: error });
  }
}

/** Replaces all matches, with `$1` and `${name}` in the replacement if it `expands`. Throws a `TemplateError`. */
export function replaceMatches(source: string, text: string, to: string, expands: boolean): string {
  const pattern = compileExpression(source);
  let result = '';
  let at = 0;
  for (const { start, end, groups } of pattern.matches(text)) {
    result = bounded(result + text.slice(at, start) + (expands ? expand(to, groups, pattern) : to));
    at = end;
  }
  return bounded(result + text.slice(at));
}

/** Expands `$1` and `${name}`. */
function expand(template: string, groups: readonly (string | undefined)[], { names }: Pattern): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (_, plain?: string, braced?: string) => {
    const reference = plain ?? braced;
    if (reference === undefined) return '$';
    const index = /^\d+$/.test(reference) ? Number(reference) : names.indexOf(reference);
    return groups[index] ?? '';
  });
}

/** Escapes a text for the query of a URL, as Go does. */
export function queryEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
