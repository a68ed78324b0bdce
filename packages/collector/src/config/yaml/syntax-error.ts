import type { YAMLParseError } from 'yaml';
import type { Diagnostic } from '../config-error.ts';
import { TOO_DEEP } from '../tree.ts';
import { findUnmatched } from './brackets.ts';
import type { ParsedSection } from './sections.ts';

/** Describes a syntax error of a section, at the character that has to change. */
export function describeSyntaxError(
  source: string,
  text: string,
  error: YAMLParseError,
  locate: ParsedSection['locate'],
): Diagnostic {
  const { offset, message } = describe(error, text);
  return { severity: 'error', position: { source, ...locate(offset) }, path: '', message };
}

interface Described {
  readonly offset: number;
  readonly message: string;
}

function describe(error: YAMLParseError, text: string): Described {
  const offset = error.pos[0];
  // The parser reports a stack overflow as a syntax error.
  if (error.message.includes('call stack')) return { offset, message: TOO_DEEP };
  const unmatched = BRACKETS.test(error.message) ? findUnmatched(text) : undefined;
  if (unmatched !== undefined) {
    const { character, opens } = unmatched;
    const other = COUNTERPARTS[character] ?? '';
    const message = opens
      ? `expected ${named(other)} that closes this ${named(character)}, got none`
      : `expected ${named(other)} before this ${named(character)}, got none`;
    return { offset: unmatched.offset, message };
  }
  return describeByCode(error, text, offset);
}

/** Messages of the parser that can be the consequence of a missing or additional bracket or quote. */
const BRACKETS = /flow|closing|must end with|in YAML stream|at node end|Block collections are not allowed/i;

function named(character: string): string {
  return character === '"' ? `'"'` : `"${character}"`;
}

const COUNTERPARTS: Readonly<Record<string, string>> = { '{': '}', '}': '{', '[': ']', ']': '[', '"': '"', "'": "'" };

function describeByCode(error: YAMLParseError, text: string, offset: number): Described {
  const line = (/[^\n]*/.exec(text.slice(offset, offset + 1000))?.[0] ?? '').trim();
  const indented = offset + (/^[ \t]*/.exec(text.slice(offset, offset + 1000))?.[0].length ?? 0);
  const start = quote(line);
  switch (error.code) {
    case 'MULTILINE_IMPLICIT_KEY': {
      const colon = /^["']?[\w/.-]+:(?=\S)/.exec(line);
      if (colon) return { offset: offset + colon[0].length, message: `expected a space after "${colon[0]}", got none` };
      return { offset, message: `expected a key with ":", got ${start}` };
    }
    case 'BAD_INDENT':
      return { offset: indented, message: `expected the indentation of a line above, got another at ${start}` };
    case 'BLOCK_AS_IMPLICIT_KEY':
      if (line.startsWith('-'))
        return { offset: indented, message: `expected the indentation of the list above, got another at ${start}` };
      return {
        offset,
        message: `expected one ":" with a space in a line, got another at ${start}; put the value in quotes`,
      };
    case 'BLOCK_IN_FLOW':
      return { offset, message: `expected a comma between two entries, got another ":" at ${start}` };
    case 'BAD_SCALAR_START':
      return { offset, message: `expected a value in quotes, because it begins with "${text[offset]}", got ${start}` };
    case 'BAD_DQ_ESCAPE':
      return {
        offset,
        message: `expected single quotes around a value with backslashes, got ${quote(text.slice(offset, offset + 2))}`,
      };
    case 'MULTIPLE_DOCS':
      return { offset, message: 'expected one document, got another after "---"' };
    case 'MISSING_CHAR':
      if (/, or :/.test(error.message)) return { offset, message: `expected ":" or "," before ${start}, got none` };
      if (/,/.test(error.message)) return { offset, message: `expected a comma between two entries, got ${start}` };
      if (/space/.test(error.message)) return { offset, message: `expected a space, got ${start}` };
      if (/map values/.test(error.message)) return { offset, message: `expected a key with ":", got ${start}` };
      break;
    case 'UNEXPECTED_TOKEN':
      if (/Unexpected (,|empty)/.test(error.message)) return { offset, message: `expected an entry, got ${start}` };
      return { offset, message: `expected the end of the line, got ${start}` };
    default:
  }
  return { offset, message: `expected valid YAML (${error.message})` };
}

/** Returns the begin of a text in quotes. */
function quote(text: string): string {
  return text === '' ? 'the end of the line' : JSON.stringify(text.length > 30 ? `${text.slice(0, 29)}…` : text);
}
