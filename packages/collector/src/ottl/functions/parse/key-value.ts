import { EvaluationError, type ValueMap } from '../../values/value.ts';

/** Splits a string at unquoted delimiters and removes the quotes. Empty parts are dropped. */
export function splitQuoted(source: string, delimiter: string): string[] {
  const parts: string[] = [];
  let current = '';
  let quote = '';
  let isEscaped = false;
  for (let at = 0; at < source.length; at++) {
    const character = source[at] as string;
    if (quote === '' && source.startsWith(delimiter, at)) {
      if (current !== '') parts.push(current);
      current = '';
      at += delimiter.length - 1;
      continue;
    }
    if (!isEscaped && (character === quote || (quote === '' && /["']/.test(character)))) {
      quote = quote === '' ? character : '';
      continue;
    }
    isEscaped = !isEscaped && character === '\\';
    current += character;
  }
  if (quote !== '') throw new EvaluationError(`expected a closing ${quote}`);
  return current === '' ? parts : [...parts, current];
}

/** Parses pairs of a key and a value. Throws an `EvaluationError` for a pair without the delimiter. */
export function parsePairs(pairs: readonly string[], delimiter: string): ValueMap {
  const result: ValueMap = new Map();
  for (const pair of pairs) {
    const at = pair.indexOf(delimiter);
    if (at < 0) throw new EvaluationError(`expected a key and a value with "${delimiter}" between, got "${pair}"`);
    result.set(pair.slice(0, at).trim(), pair.slice(at + delimiter.length).trim());
  }
  return result;
}
