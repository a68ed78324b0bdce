import { compilePattern, type Pattern } from '@otelier/query/pattern';
import { EvaluationError } from '../../values/value.ts';

/**
 * Compiles a glob: `*` and `**` match any text, `?` matches any single character, `[abc]`, `[a-z]` and `[!a-z]`
 * match a character class, and `{a,b}` matches either alternative.
 */
export function compileGlob(glob: string): Pattern {
  const parts: string[] = [];
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] as string;
    if (character === '[') {
      const end = glob.indexOf(']', at + 2);
      if (end < 0) throw new EvaluationError(`expected "]" in the glob "${glob}"`);
      parts.push(classOf(glob.slice(at + 1, end), glob));
      at = end;
    } else if (character === '\\') {
      parts.push(escapeText(glob[++at] ?? ''));
    } else {
      // As in the Collector, a "}" without a "{" is literal, and missing ones are added at the end.
      const isText = character === '}' && depth === 0;
      parts.push(isText ? escapeText(character) : partOf(character, depth));
      if (!isText) depth += DEPTH[character] ?? 0;
    }
  }
  return compilePattern(`^(?s:${parts.join('')}${')'.repeat(depth)})$`);
}

const DEPTH: Readonly<Record<string, number>> = { '{': 1, '}': -1 };

function partOf(character: string, depth: number): string {
  switch (character) {
    case '*':
      return '.*';
    case '?':
      return '.';
    case '{':
      return '(?:';
    case '}':
      return ')';
    case ',':
      return depth > 0 ? '|' : ',';
    default:
      return escapeText(character);
  }
}

function classOf(content: string, glob: string): string {
  const isNegated = content.startsWith('!');
  const characters = isNegated ? content.slice(1) : content;
  const range = /^(.)-(.)$/su.exec(characters);
  if (range === null && /^[^-]-/su.test(characters))
    throw new EvaluationError(`expected one character after "-" in a class of the glob "${glob}"`);
  const body =
    range === null ? escapeClass(characters) : `${escapeClass(range[1] ?? '')}-${escapeClass(range[2] ?? '')}`;
  return `[${isNegated ? '^' : ''}${body}]`;
}

function escapeClass(text: string): string {
  return text.replace(/[\\\]^[-]/g, '\\$&');
}

function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
