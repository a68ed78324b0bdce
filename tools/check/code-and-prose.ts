/** The two parts of a source file: each has the other's characters replaced by spaces, so that positions stay. */
export interface CodeAndProse {
  /** Identifiers, keywords and operators. */
  readonly code: string;
  /** Comments, string and template literals. */
  readonly prose: string;
}

/** Separates the comments and literals of TypeScript or CSS from its code, with a scanner that knows no grammar. */
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

/** Comments, then strings, templates and regular expressions, each with its escapes. */
const PROSE =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[(,=:[!&|?{};]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
