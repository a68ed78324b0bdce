import { compilePattern } from '@otelier/query/pattern';

/** How strings match: `strict` compares them, `regexp` uses regular expressions. */
export type MatchType = 'strict' | 'regexp';

/** Reports whether a string matches. */
export type TextTest = (text: string) => boolean;

/** Returns a test for strings that equal one of the listed strings or match one of the listed expressions. */
export function compileTexts(matchType: MatchType, list: readonly string[]): TextTest {
  if (matchType === 'strict') {
    const texts = new Set(list);
    return (text) => texts.has(text);
  }
  const [first, ...others] = [...new Set(list)].map((text) => compilePattern(text));
  if (first === undefined) return () => false;
  if (others.length === 0) return (text) => first.test(text);
  return (text) => first.test(text) || others.some((pattern) => pattern.test(text));
}
