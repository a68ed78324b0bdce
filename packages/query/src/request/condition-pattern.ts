import { compilePattern, type Pattern, PatternError } from '../patterns/pattern.ts';

/** Any API client can send expressions, and stores evaluate them on inputs of any length. */
const MAX_INSTRUCTIONS = 1000;

/** Compiles the regular expression of a condition, or returns why it is invalid. */
export function conditionPattern(source: string): Pattern | string {
  try {
    return compilePattern(source, MAX_INSTRUCTIONS);
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}
