import { EvaluationError } from '../../values/value.ts';

/** A directive in a time format, or a literal string. */
export type FormatPart =
  | { readonly kind: 'directive'; readonly letter: string }
  /** A fraction of a second, including the preceding separator. */
  | { readonly kind: 'fraction'; readonly separator: string; readonly digits: number }
  | { readonly kind: 'text'; readonly text: string };

/** Directives that expand to others. */
const COMPOSITES: Readonly<Record<string, string>> = {
  D: '%m/%d/%Y',
  x: '%m/%d/%Y',
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  r: '%I:%M:%S %P',
  R: '%H:%M',
  c: '%a %b %d %H:%M:%S %Y',
  h: '%b',
};
const TEXTS: Readonly<Record<string, string>> = { n: '\n', t: '\t', '%': '%' };
const FRACTION_DIGITS: Readonly<Record<string, number>> = { L: 3, f: 6, s: 9 };
const DIRECTIVES = 'YymoqbBdegaAHlIpPMSZzwijk';

/** Parses a time format with directives such as `%Y`. Throws an `EvaluationError` for unknown directives. */
export function parseTimeFormat(format: string): FormatPart[] {
  if (format === '') throw new EvaluationError('expected a time format, got an empty string');
  const parts: FormatPart[] = [];
  const addText = (text: string): void => {
    const last = parts.at(-1);
    if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + text };
    else parts.push({ kind: 'text', text });
  };
  for (const [token, letter = ''] of format.matchAll(/%(.)|%$|[^%]+/gsu)) {
    if (!token.startsWith('%')) addText(token);
    else if (Object.hasOwn(TEXTS, letter)) addText(TEXTS[letter] ?? '');
    else if (Object.hasOwn(COMPOSITES, letter)) parts.push(...parseTimeFormat(COMPOSITES[letter] ?? ''));
    else if (Object.hasOwn(FRACTION_DIGITS, letter)) addFraction(parts, format, FRACTION_DIGITS[letter] ?? 0);
    else if (letter !== '' && DIRECTIVES.includes(letter)) parts.push({ kind: 'directive', letter });
    else throw new EvaluationError(`expected a time directive such as %Y, got "${token}"`);
  }
  return parts;
}

function addFraction(parts: FormatPart[], format: string, digits: number): void {
  const last = parts.pop();
  const separator = last?.kind === 'text' ? (last.text.at(-1) ?? '') : '';
  if (last?.kind !== 'text' || !/[.,]/.test(separator))
    throw new EvaluationError(`expected "." or "," before fractions of a second in "${format}"`);
  if (last.text.length > 1) parts.push({ kind: 'text', text: last.text.slice(0, -1) });
  parts.push({ kind: 'fraction', separator, digits });
}
