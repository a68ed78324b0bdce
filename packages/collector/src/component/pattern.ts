/**
 * Compiles a regular expression as the Collector's files have it (Go's RE2). What JavaScript writes differently is
 * translated: flags at the start, names of groups, and the beginning and end of the text. Throws a `SyntaxError`.
 */
export function compilePattern(text: string): RegExp {
  const [opening, flags = ''] = /^\(\?([ims]+)\)/.exec(text) ?? [''];
  const source = text
    .slice(opening.length)
    // A pair of backslashes is one token, so that what follows it is not mistaken for escaped.
    .replace(/\\\\|\\[Az]|\(\?P</g, (token) => TRANSLATED[token] ?? token);
  try {
    return new RegExp(source, `u${flags}`);
  } catch (error) {
    // With `u`, JavaScript refuses escapes that mean themselves, such as `\-`; without, it does not see astral characters.
    if (/\\[pP]/.test(source)) throw error;
    return new RegExp(source, flags);
  }
}

const TRANSLATED: Readonly<Record<string, string>> = {
  '\\A': '(?<![^])',
  '\\z': '(?![^])',
  '(?P<': '(?<',
};

/** Why a text is no regular expression; `undefined` when it is one. */
export function patternProblem(text: string): string | undefined {
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return `expected a regular expression, got "${text}" (${error instanceof Error ? error.message : error})`;
  }
}
