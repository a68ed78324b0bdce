import { compilePattern } from '@otelier/query/pattern';

/** Returns why a text is no regular expression; `undefined` when it is one. */
export function patternError(text: string): string | undefined {
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return `expected a regular expression, got "${text}" (${error instanceof Error ? error.message : error})`;
  }
}
