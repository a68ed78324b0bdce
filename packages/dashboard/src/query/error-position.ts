import type { Language } from './languages.ts';
import type { ExpandedQuery } from './macros.ts';

/** An error in a query: what it says, and where, if that is known. */
export interface QueryError {
  readonly message: string;
  /** Offset in the text that the user wrote. */
  readonly offset: number | undefined;
}

/** Finds the position that an error message names, and returns the message without it. */
export function locateError(language: Language, { text, sourceOffset }: ExpandedQuery, message: string): QueryError {
  const found = language === 'sql' ? locateSql(text, message) : locateByLine(language, text, message);
  if (found === undefined) return { message: cleaned(message), offset: undefined };
  return { message: found.message, offset: sourceOffset(Math.min(text.length, found.offset)) };
}

interface Located {
  readonly message: string;
  readonly offset: number;
}

/** `1:17: parse error: …`, `parse error at line 1, col 24: …`. PromQL counts bytes, the others characters. */
function locateByLine(language: Language, text: string, message: string): Located | undefined {
  const match = /(?:at line (\d+), col(?:umn)? (\d+)|(?:^|[ (])(\d+):(\d+)): /.exec(message);
  if (match === null) return undefined;
  const [line, column] = [Number(match[1] ?? match[3]), Number(match[2] ?? match[4])];
  const start = lineStart(text, line);
  const rest = text.slice(start).split('\n', 1)[0] ?? '';
  const within = language === 'promql' ? charactersOf(rest, column - 1) : column - 1;
  const said = message.slice(match.index + match[0].length).replace(/^(?:parse|syntax) error: ?/, '');
  return { message: cleaned(said), offset: start + Math.max(0, within) };
}

/** `SQL: line 1, column 14: …`, or DuckDB's excerpt of the line with a caret below. */
function locateSql(text: string, message: string): Located | undefined {
  const own = /^SQL: line (\d+), column (\d+): ([\s\S]*)$/.exec(message);
  if (own !== null) {
    return { message: own[3] ?? '', offset: lineStart(text, Number(own[1])) + Number(own[2]) - 1 };
  }
  const excerpt = /\n+LINE (\d+): (.*)\n( *)\^/.exec(message);
  if (excerpt === null) return undefined;
  const [whole, line = '1', shown = '', indent = ''] = excerpt;
  const start = lineStart(text, Number(line));
  const column = indent.length - `LINE ${line}: `.length;
  // A long line is shortened to an excerpt.
  const cut = shown.startsWith('...') ? 3 : 0;
  const excerptText = shown.slice(cut).replace(/\.\.\.$/, '');
  const from = cut === 0 ? 0 : Math.max(0, text.slice(start).indexOf(excerptText));
  return { message: cleaned(message.replace(whole, '')), offset: start + from + Math.max(0, column - cut) };
}

function lineStart(text: string, line: number): number {
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const next = text.indexOf('\n', start);
    if (next < 0) return start;
    start = next + 1;
  }
  return start;
}

/** Returns the number of UTF-16 units in the first bytes of a text. */
function charactersOf(text: string, bytes: number): number {
  let [size, units] = [0, 0];
  for (const character of text) {
    if (size >= bytes) break;
    size += new TextEncoder().encode(character).length;
    units += character.length;
  }
  return units;
}

function cleaned(message: string): string {
  return message
    .replace(/^invalid parameter "query": /, '')
    .replace(/^invalid TraceQL query: /, '')
    .replace(/^SQL: /, '')
    .trim();
}
