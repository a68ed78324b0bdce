import { unquote } from '../../promql/parse/literals.ts';
import { PushError } from './stream.ts';

const PAIR = /\s*(?:([A-Za-z_:][\w:]*)|("(?:[^"\\]|\\.)*"))\s*=\s*("(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*')\s*/y;

/** Parses the labels of a stream, such as `{app="shop", env="prod"}`. Throws a `PushError`. */
export function parseStreamLabels(text: string): ReadonlyMap<string, string> {
  const inner = /^\s*\{([\s\S]*)\}\s*$/.exec(text)?.[1];
  if (inner === undefined) throw invalid(text, 'expected {name="value", …}');
  const labels = new Map<string, string>();
  for (let at = 0; inner.slice(at).trim() !== ''; ) {
    PAIR.lastIndex = at;
    const match = PAIR.exec(inner);
    const name = match?.[2] === undefined ? match?.[1] : unquote(match[2]);
    const value = unquote(match?.[3] ?? '');
    if (match === null || name === undefined || value === undefined) {
      throw invalid(text, `1:${at + 2}: parse error: unexpected ${JSON.stringify(inner.slice(at, at + 20))}`);
    }
    if (value !== '') labels.set(name, value);
    at = PAIR.lastIndex;
    if (inner[at] === ',') at += 1;
    else if (at < inner.length) throw invalid(text, `1:${at + 2}: parse error: expected "," or "}"`);
  }
  return labels;
}

function invalid(text: string, reason: string): PushError {
  return new PushError(`couldn't parse labels: ${reason}, got ${JSON.stringify(text.slice(0, 200))}`);
}
