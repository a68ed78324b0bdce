import type { YAMLParseError } from 'yaml';
import type { Diagnostic } from '../config-error.ts';
import { TOO_DEEP } from '../tree.ts';
import { findUnmatched } from './brackets.ts';
import type { ParsedSection } from './sections.ts';

/** Describes a syntax error in a section, positioned at the character to change. */
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

/** Parser messages that can result from a missing or extra bracket or quote. */
const BRACKETS = /flow|closing|must end with|in YAML stream|at node end|Block collections are not allowed/i;

function named(character: string): string {
  return character === '"' ? `'"'` : `"${character}"`;
}

const COUNTERPARTS: Readonly<Record<string, string>> = { '{': '}', '}': '{', '[': ']', ']': '[', '"': '"', "'": "'" };

/** Describes an error by its code. Values are not shown, because they can be secret. */
function describeByCode({ code, message }: YAMLParseError, text: string, offset: number): Described {
  const line = /[^\n]*/.exec(text.slice(offset, offset + 1000))?.[0] ?? '';
  const indented = offset + (/^[ \t]*/.exec(line)?.[0].length ?? 0);
  const key = keyOf(line.trim());
  switch (code) {
    case 'MULTILINE_IMPLICIT_KEY': {
      const colon = /^["']?[\w/.-]+:(?=\S)/.exec(line);
      if (colon) return { offset: offset + colon[0].length, message: `expected a space after "${colon[0]}", got none` };
      return { offset, message: `expected a key with ":", got ${key ?? 'none'}` };
    }
    case 'BAD_INDENT':
      return {
        offset: indented,
        message: `expected the indentation of a line above, got another at ${key ?? 'this line'}`,
      };
    case 'BLOCK_AS_IMPLICIT_KEY':
      if (line.trim().startsWith('-'))
        return { offset: indented, message: 'expected the indentation of the list above, got another' };
      return { offset, message: 'expected one ":" with a space in a line, got another; put the value in quotes' };
    case 'BLOCK_IN_FLOW':
      return { offset, message: 'expected a comma between two entries, got another ":"' };
    case 'BAD_SCALAR_START':
      return { offset, message: `expected quotes around a value that begins with "${text[offset]}", got none` };
    case 'BAD_DQ_ESCAPE':
      return { offset, message: 'expected single quotes around a value with backslashes, got double quotes' };
    case 'MULTIPLE_DOCS':
      return { offset, message: 'expected one document, got another after "---"' };
    case 'MISSING_CHAR':
      if (/, or :/.test(message)) return { offset, message: 'expected ":" or "," before this, got neither' };
      if (/,/.test(message)) return { offset, message: 'expected a comma between two entries, got none' };
      if (/space/.test(message)) return { offset, message: 'expected a space, got none' };
      if (/map values/.test(message)) return { offset, message: `expected a key with ":", got ${key ?? 'none'}` };
      break;
    case 'UNEXPECTED_TOKEN':
      if (/Unexpected (,|empty)/.test(message)) return { offset, message: 'expected an entry, got a comma' };
      return { offset, message: 'expected the end of the line, got more' };
    default:
  }
  return { offset, message: `expected valid YAML (${message.replace(/: .*/s, '')})` };
}

/** Returns the key at the start of a line, in quotes; `undefined` if it could be a value. */
function keyOf(line: string): string | undefined {
  const key = /^[a-z][a-z_/0-9]{0,24}(?=:|$)/.exec(line)?.[0];
  return key === undefined ? undefined : `"${key}"`;
}
