import { compilePattern } from '@otelier/query/pattern';
import { errorMessage } from './error-message.ts';
import { z } from './schema.ts';

/** Returns the error of an invalid regular expression, or `undefined` if it is valid. */
export function patternError(text: string): string | undefined {
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return `expected a regular expression, got "${text}" (${errorMessage(error)})`;
  }
}

/** Returns the field for a list of regular expressions. */
export function patternsField(description: string) {
  return z
    .array(
      z.string().superRefine((text, issues) => {
        const message = patternError(text);
        if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
      }),
    )
    .prefault([])
    .describe(description);
}

/** Returns a predicate that reports whether a string matches any of the regular expressions. */
export function compilePatterns(patterns: readonly string[]): (text: string) => boolean {
  const compiled = patterns.map((pattern) => compilePattern(pattern));
  return (text) => compiled.some((pattern) => pattern.test(text));
}
