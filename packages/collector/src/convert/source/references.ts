import { escapeText, type OutputText, RawText } from '../output/raw-text.ts';

/** `${NAME}`, with a default as Promtail (`:`) and shells (`:-`) write it. */
const REFERENCE = /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-?([^{}]*))?\}/g;

/** Converts the references to variables in a text of a source. */
export function outputText(text: string): OutputText {
  let end = 0;
  let raw = '';
  for (const match of text.matchAll(REFERENCE)) {
    const [whole, name = '', fallback] = match;
    raw += `${escapeText(text.slice(end, match.index))}\${env:${name}${fallback === undefined ? '' : `:-${fallback}`}}`;
    end = match.index + whole.length;
  }
  return end === 0 ? text : new RawText(raw + escapeText(text.slice(end)));
}

/** Returns a name for a variable, such as `LOKI_PASSWORD`. */
export function variableName(...parts: readonly string[]): string {
  const name = parts
    .join('_')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();
  return /^[0-9]/.test(name) ? `_${name}` : name;
}
