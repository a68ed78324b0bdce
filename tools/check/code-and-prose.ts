/** A source file split into two parts, each with the other's characters replaced by spaces to preserve positions. */
export interface CodeAndProse {
  /** Identifiers, keywords and operators. */
  readonly code: string;
  /** Comments, string and template literals. */
  readonly prose: string;
}

/**
 * Separates the comments and literals in TypeScript or CSS from the code, with a scanner that does not know the
 * grammar.
 */
export function splitCodeAndProse(source: string): CodeAndProse {
  let code = '';
  let prose = '';
  let last = 0;
  for (const { 0: token, index } of source.matchAll(PROSE)) {
    code += source.slice(last, index) + blank(token);
    prose += blank(source.slice(last, index)) + token;
    last = index + token.length;
  }
  return { code: code + source.slice(last), prose: prose + blank(source.slice(last)) };
}

/** Matches comments, then strings, templates and regular expressions, each with its escapes. */
const PROSE =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[(,=:[!&|?{};]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
