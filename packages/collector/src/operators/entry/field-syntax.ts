import { EvaluationError } from '../../ottl/values/value.ts';

/** A bracketed key, or one that ends at a dot or bracket. A key after a dot can be empty. */
const PART = /\[(?:"([^"]*)"|'([^']*)')\]|([^.[]*)/y;

/** Splits a field such as `body["a.b"].c` into its keys. Throws an `EvaluationError` for a syntax error. */
export function splitField(text: string): string[] {
  const keys: string[] = [];
  let at = 0;
  let expectsKey = true;
  while (at < text.length || (expectsKey && keys.length > 0)) {
    const isBracket = text[at] === '[';
    if (!isBracket && !expectsKey)
      throw new EvaluationError(`expected "." or "[" after a bracket, got "${text.slice(at)}" in "${text}"`);
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) throw new EvaluationError(`expected a quoted key in brackets, such as ["key"], got "${text}"`);
    keys.push(match[1] ?? match[2] ?? match[3] ?? '');
    at = PART.lastIndex;
    expectsKey = text[at] === '.';
    if (expectsKey) at++;
  }
  if (keys.length === 0) throw new EvaluationError('expected a field, got an empty string');
  return keys;
}
