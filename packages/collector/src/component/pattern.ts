import { compilePattern } from '@otelier/query/pattern';
import { errorMessage } from './error-message.ts';

/** Returns the error of an invalid regular expression, or `undefined` for a valid one. */
export function patternError(text: string): string | undefined {
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return `expected a regular expression, got "${text}" (${errorMessage(error)})`;
  }
}
